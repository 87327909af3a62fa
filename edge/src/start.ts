import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Logger } from "pino";
import type { EdgeConfig } from "./config/config.ts";
import { deviceName } from "./certificate/device-name.ts";
import { Journal } from "./journal/journal.ts";
import type { LocalHttp } from "./local/local-http.ts";
import type { EdgeStatus, LatestReadings } from "./local/status.ts";
import { openMeter, type OpenMeter } from "./open-meter.ts";
import { encodeReading } from "./publisher/message.ts";
import type { PublisherLimits } from "./publisher/limits.ts";
import { Publisher } from "./publisher/publisher.ts";
import { startRenewal, type Renewal } from "./certificate/renewal.ts";
import { MeterReader } from "./reader/reader.ts";
import type { Transport } from "./transport/transport.ts";

export interface EdgePorts {
  log: Logger;
  /** Byte sources by meter name, for meters whose source is not in the configuration: a simulated one. */
  transports?: Readonly<Record<string, Transport>>;
  /** Wall clock, ms. */
  now?: () => number;
  /** Whether that clock may be believed; absent: always. */
  isClockSet?: () => boolean;
  /** Overrides of the publisher's limits. */
  limits?: Partial<PublisherLimits>;
}

export interface Edge {
  readonly device: string;
  /** Port of the local HTTP server; `undefined` when it is off. */
  readonly httpPort: number | undefined;
  /** The newest telegram of each meter with all its registers. */
  latest(): LatestReadings;
  status(): EdgeStatus;
  /** Resolves when every source is exhausted and every reading acknowledged (detached: durable). Rejects when a source can never work. */
  readonly finished: Promise<void>;
  /** Stops reading, then publishing; what is not acknowledged stays in the journal. */
  close(): Promise<void>;
}

const DRAINED_POLL_MS = 50;
const READERS_MS_MAX = 2_000;
const FIRMWARE = "0.1.0";

/**
 * Reads meters, keeps each reading on disk and publishes it until the platform acknowledged it.
 *
 * @example
 * const edge = await startEdge(configOf(environmentValues(process.env)), { log: pino() });
 * await edge.finished;
 * await edge.close();
 */
export async function startEdge(config: EdgeConfig, ports: EdgePorts): Promise<Edge> {
  const { log } = ports;
  const device = await deviceName(config, log);
  const meters = await Promise.all(
    config.meters.map((meter) => openMeter(meter, ports.transports?.[meter.name], log)),
  );
  const journal = await Journal.open(
    { directory: join(config.dataDirectory, device, "journal"), ...config.journal },
    { log },
  );
  const publisher = startPublisher(config, device, journal, ports);
  const renewal = renewalOf(config, publisher, ports);
  const describe = (): void => publisher?.setInfo(infoOf(latest()));
  const readers = meters.map((meter) => readerOf(meter, { journal, publisher, onMeter: describe }, ports));
  const status = (): EdgeStatus => ({
    device,
    meters: readers.map((reader) => ({ name: reader.name, ...reader.stats })),
    journal: journal.stats,
    broker: publisher?.stats,
  });
  const latest = (): LatestReadings =>
    readers.flatMap((reader) =>
      [...reader.latest.values()].map((reading) => ({ name: reader.name, ...reading })),
    );
  const stop = new AbortController();
  let running: Promise<void>[] = [];
  let http: LocalHttp | undefined;
  let closing: Promise<void> | undefined;

  async function close(): Promise<void> {
    stop.abort();
    // A reader may wait for a disk that takes nothing.
    await Promise.race([Promise.allSettled(running), wait(READERS_MS_MAX, undefined, { ref: false })]);
    await http?.close();
    await renewal?.close();
    await publisher?.close();
    await journal.close();
  }
  try {
    if (config.httpPort !== undefined) {
      const { startLocalHttp } = await import("./local/local-http.ts"); // 8 MB that a reader without it saves
      http = await startLocalHttp(config.httpPort, { status, latest });
    }
  } catch (error) {
    await close();
    throw error;
  }
  running = readers.map((reader) => reader.run(stop.signal));
  const finished = Promise.all(running).then(() => (publisher ? drained(journal, stop.signal) : undefined));
  finished.catch(() => undefined); // whoever awaits it hears of it; others see it in the health
  return { device, httpPort: http?.port, latest, status, finished, close: () => (closing ??= close()) };
}

function startPublisher(
  config: EdgeConfig,
  device: string,
  journal: Journal,
  { log, limits, now }: EdgePorts,
): Publisher | undefined {
  if (!config.broker) {
    log.info("detached: no broker is configured, readings stay in the journal on this machine");
    return undefined;
  }
  const { url, certificates } = config.broker;
  const { drain, drainPerSecond } = config.journal;
  const { reconnect } = config;
  const waits = reconnect && {
    reconnectFirstMsMax: reconnect.firstMsMax,
    reconnectMsMax: reconnect.msMax,
  };
  const publisher = new Publisher(
    { device, url, certificates, order: drain, limits: { drainPerSecond, ...waits, ...limits } },
    { log, journal, ...(now && { now }) },
  );
  publisher.setInfo(infoOf([]));
  return publisher;
}

function renewalOf(
  { broker }: EdgeConfig,
  publisher: Publisher | undefined,
  { log, now }: EdgePorts,
): Renewal | undefined {
  const { certificates, renewalUrl } = broker ?? {};
  if (certificates === undefined || renewalUrl === undefined) return undefined;
  return startRenewal(
    { directory: certificates, url: renewalUrl },
    { log, onRenewed: () => publisher?.changeOver(), ...(now && { now }) },
  );
}

/** What the device's info topic says: the meters that it has heard. */
const infoOf = (latest: LatestReadings): Record<string, unknown> => ({
  model: "smp-edge",
  firmware: FIRMWARE,
  meters: latest.flatMap(({ m }) => (m === undefined ? [] : [m])),
});

function readerOf(
  { meter, transport, decoder }: OpenMeter,
  {
    journal,
    publisher,
    onMeter,
  }: { journal: Journal; publisher: Publisher | undefined; onMeter: () => void },
  { log, now = Date.now, isClockSet }: EdgePorts,
): MeterReader {
  const { name, registers, intervalSeconds } = meter;
  const options = { name, registers, intervalSeconds, isReplay: transport.isReplay ?? false };
  return new MeterReader(options, {
    log,
    transport,
    decoder,
    now,
    isClockSet,
    onMeter,
    async keep(reading) {
      await journal.append((sequence) => encodeReading(reading, sequence));
      publisher?.wake();
    },
  });
}

async function drained(journal: Journal, signal: AbortSignal): Promise<void> {
  while (journal.stats.pending > 0 && !signal.aborted)
    await wait(DRAINED_POLL_MS, undefined, { signal }).catch(() => undefined);
}

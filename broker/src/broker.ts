import { Aedes, type AedesOptions } from "aedes";
import type { Ingest, NormalisedReading } from "@smp/schemas";
import { pino, type Logger } from "pino";
import type { Registry as MetricsRegistry } from "prom-client";
import { tellCertificates } from "./registry/certificate-metrics.ts";
import { breakRecursion, followClients, keepReadingsOffTheRoutes } from "./sessions/clients.ts";
import type { BrokerConfig } from "./config.ts";
import { acceptConnections } from "./connection/connections.ts";
import { listen, openGate } from "./connection/gate.ts";
import { createHooks } from "./hooks.ts";
import { keepAlive } from "./connection/keepalive.ts";
import { LIMITS, type Limits } from "./limits.ts";
import { createMessageHandler } from "./messages/messages.ts";
import { createMetrics } from "./metrics.ts";
import { mirrorReadings } from "./live/mirror.ts";
import { watchLog, type Outage } from "./messages/outage.ts";
import { DeviceRates } from "./messages/rates.ts";
import { refusalLog } from "./refusal-log.ts";
import type { Registry } from "./registry/registry.ts";
import { Presence, type PublishPresence } from "./sessions/presence.ts";
import { createSessions } from "./sessions/sessions.ts";
import { hearSiblings, tellersOf, type SiblingWords, type TellSiblings } from "./sessions/siblings.ts";
import { watchTakeovers } from "./sessions/takeovers.ts";
import { createTlsServer, followCredentials } from "./connection/tls.ts";
import { watchCertificates } from "./sessions/watch.ts";

export interface BrokerPorts {
  ingest: Ingest;
  /** Without one every certificate of the CA counts until it expires. */
  registry?: Registry;
  logger?: Logger;
  /** Where the broker's figures go; its own registry if absent. */
  metrics?: MetricsRegistry;
  /** Tells the brokers of the other processes behind the same port, which `hear` it. */
  tell?: TellSiblings | undefined;
  /** Told when somebody begins to listen to what is shown of readings, and nobody did. */
  listened?: (() => void) | undefined;
}

export interface BrokerHealth {
  /** false while the log takes nothing: devices keep their readings meanwhile. */
  ok: boolean;
  detail?: string;
  sessions: number;
}

export interface Broker {
  port: number;
  metrics: MetricsRegistry;
  health(): BrokerHealth;
  /** Shows readings that came another way than from this broker's devices on the live mirror, as if they had. */
  show(readings: readonly NormalisedReading[]): void;
  /** The newest readings on the live mirror, of each meter. */
  newest(): Iterable<NormalisedReading>;
  isListened(): boolean;
  /** Takes a deleted meter off the live mirror, and its announcement back. */
  forget(meter: string): Promise<void>;
  /** Whether the device is connected here: then its readings are on the live mirror already. */
  hasDevice(id: string): boolean;
  /** What the broker of another process behind the same port tells. */
  hear(words: SiblingWords): void;
  /** Ends all sessions and waits for messages that the ingest still holds. The ingest stays open. */
  close(): Promise<void>;
}

/**
 * Starts the MQTT broker: mutual TLS, identity from the certificate, and a PUBACK only after `ingest.take` resolved.
 *
 * @example
 * const broker = await startBroker(readConfig(process.env), { ingest, registry, logger });
 */
export async function startBroker(config: BrokerConfig, ports: BrokerPorts): Promise<Broker> {
  const { ingest, registry, logger = pino({ level: "silent" }) } = ports;
  const limits = { ...LIMITS, ...config.limits };
  const metrics = createMetrics(ports.metrics);
  tellCertificates(config, { registry, metrics: metrics.registry });
  const refuse = refusalLog(logger, metrics, limits.logLinesPerSecondMax);
  const { began, tookOver, said } = tellersOf(ports.tell);
  const takeovers = watchTakeovers({ logger, metrics, limits, tell: tookOver });
  const told = { takenOver: takeovers.note, began, listened: ports.listened };
  const sessions = createSessions({ registry, limits, gauge: metrics.sessions, ...told });
  const outage = watchLog({ ingest, sessions, refuse, logger, limits });
  const rates = new DeviceRates(limits, metrics.slowed);
  const publish = publisher(() => broker);
  const presence = new Presence({ tell: said, publish: presencePublisher(() => broker) });
  const mirror = mirrorReadings(config, { publish, sessions, limits });
  const taking = { ingest, metrics, rates, outage, publish, presence };
  const messages = createMessageHandler({ ...taking, show: mirror.show });

  const tls = await createTlsServer(config, limits.handshakeTimeoutMs);
  const gate = openGate({ pass: (socket) => tls.emit("connection", socket), refuse, limits });
  const { peerOf, destroyAll } = acceptConnections({
    tls,
    broker: () => broker,
    refuse,
    sessions,
    shook: gate.shook,
    limits,
  });
  const broker = await Aedes.createBroker({
    ...createHooks({ peerOf, sessions, registry, messages, live: mirror.live, refuse, outage, limits }),
    ...aedesLimits(limits),
  });
  breakRecursion(broker);
  keepReadingsOffTheRoutes(broker, messages);
  broker.on("clientReady", keepAlive);
  followClients(broker, { sessions, refuse, logger });
  const stops = [
    watchCertificates({ registry, sessions, refuse, limits }),
    followCredentials(tls, config, logger, limits.credentialsPollMs),
    every(limits.expirySweepMs, [gate.sweep, takeovers.sweep, () => rates.sweep()]),
    outage.stop,
    () => mirror.live.close(),
  ];

  async function close(): Promise<void> {
    for (const stop of stops) stop();
    const gateClosed = gate.close();
    await new Promise<void>((resolve) => broker.close(resolve));
    await Promise.race([messages.settled(), timeout(limits.closeTimeoutMs)]);
    destroyAll();
    await gateClosed;
  }
  try {
    const port = await listen(gate.server, config.host, config.port);
    logger.info({ host: config.host, port }, "broker listens");
    return {
      port,
      metrics: metrics.registry,
      health: () => healthOf(ingest, outage, sessions.count),
      show: mirror.show,
      forget: mirror.forget,
      hasDevice: sessions.hasDevice,
      newest: () => mirror.live.newest(),
      isListened: () => sessions.isListened(),
      hear: hearSiblings({ sessions, takeovers, presence }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const publisher =
  (broker: () => Aedes) =>
  (topic: string, payload: string, retain = false): Promise<void> =>
    new Promise((resolve) => {
      broker().publish({ cmd: "publish", topic, payload, qos: 0, retain, dup: false }, () => resolve());
    });

const presencePublisher =
  (broker: () => Aedes): PublishPresence =>
  (packet) =>
    broker().publish({ cmd: "publish", dup: false, ...packet }, () => undefined);

const aedesLimits = (
  limits: Limits,
): Pick<AedesOptions, "connectTimeout" | "drainTimeout" | "maxTopicLevels" | "queueLimit"> => ({
  connectTimeout: limits.connectTimeoutMs,
  drainTimeout: limits.drainTimeoutMs,
  maxTopicLevels: limits.topicLevelsMax,
  queueLimit: limits.earlyPacketsMax,
});

function every(ms: number, work: readonly (() => void)[]): () => void {
  const timer = setInterval(() => {
    for (const part of work) part();
  }, ms);
  timer.unref();
  return () => clearInterval(timer);
}

const timeout = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

function healthOf(ingest: Ingest, outage: Outage, sessions: number): BrokerHealth {
  const isAway = outage.isAway();
  if (ingest.ready && !isAway) return { ok: true, sessions };
  const seconds = Math.round(outage.lastsMs() / 1_000);
  const what = isAway ? "devices are sent away (CONNACK 3)" : "devices are not answered";
  const detail = `The log has taken no message for ${seconds} s: ${what} and keep their readings.`;
  return { ok: false, detail, sessions };
}

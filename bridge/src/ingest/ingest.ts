import {
  isDerived,
  limitedLines,
  MESSAGE_BYTES_MAX,
  messageOf,
  parseDeviceTopic,
  PlatformError,
  type DecodeForeign,
  type IncomingMessage,
  type Ingest,
  type IngestResult,
  type NormalisedReading,
  type RejectedMessage,
} from "@smp/schemas";
import { pino, type Logger } from "pino";
import { Registry } from "prom-client";
import { Arrivals } from "./arrivals.ts";
import { ConnectionLimits } from "../checks/connection-limits.ts";
import { DeviceNames } from "../checks/device-names.ts";
import { decodeMessage } from "../decode/decode.ts";
import type { DecodedReading } from "../decode/element.ts";
import { decodeVendor, DeviceLanes, isForeign } from "../decode/foreign.ts";
import { GroupCommit, type GroupCommitOptions } from "./group-commit.ts";
import type { DeviceStatus, Log } from "../log.ts";
import { normalise } from "../checks/normalise.ts";
import { Rejection } from "../rejection.ts";
import { Watch } from "../checks/watch.ts";

export interface IngestOptions {
  log: Log;
  logger?: Logger;
  /** Reads the payloads of `sm/v1/{device}/raw/...`; without it they are rejected. */
  decodeForeign?: DecodeForeign;
  /** What the store holds of each meter, so that its next reading has something to be compared with. */
  latest?: (Parameters<Watch["seed"]>[0][number] & { received: number })[];
  /** When readings arrive; after `latest` if absent. */
  arrivals?: Arrivals;
  /** How much power the meters' connections allow; 100 kW each if absent. */
  limits?: ConnectionLimits;
  /** Where the figures of the ingest go; its own registry if absent. */
  metrics?: Registry;
  /**
   * Defaults: an append every 5 ms at most, earlier when 250 readings wait; 10,000 readings in one; 64 MiB waiting.
   */
  batching?: Partial<
    Pick<GroupCommitOptions, "intervalMs" | "batchMin" | "batchMax" | "queueBytesMax" | "backOff">
  >;
}

export interface ClosableIngest extends Ingest {
  readonly metrics: Registry;
  /**
   * Drops what is remembered of a deleted meter: readings that were suspect would come again with a confirmation. What comes of it
   * from now on is received later than what was deleted, whatever the clocks say.
   * @param received when the last of what was deleted was
   */
  forget(meter: string, received: number): void;
  /** A device's readings come to another process from now on. */
  left(device: string): void;
  /** Appends what waits and stops. The log stays open: it belongs to the caller. */
  close(): Promise<void>;
}

/** What each reading is looked at by. */
interface Checks {
  limits: ConnectionLimits;
  names: DeviceNames;
}

/** What one message turned into. */
interface Sorted {
  accepted: NormalisedReading[];
  rejected: RejectedMessage[];
  statuses: DeviceStatus[];
}

/**
 * The first half of the bridge: decode, check, and append to the log before anybody says that a message is safe.
 *
 * @example
 * const ingest = createIngest({ log: directLog(store), batching: { intervalMs: 50 } });
 * const { accepted, rejected } = await ingest.take({ device, topic, payload, received: Date.now() });
 */
export function createIngest(options: IngestOptions): ClosableIngest {
  const logger = options.logger ?? pino({ level: "silent" });
  const commits = new GroupCommit({
    log: options.log,
    logger,
    intervalMs: 5,
    batchMin: 250,
    batchMax: 10_000,
    queueBytesMax: 64 * 2 ** 20,
    ...options.batching,
  });
  const limits = options.limits ?? new ConnectionLimits();
  const metrics = options.metrics ?? new Registry();
  const watch = new Watch({ limits, logger, metrics });
  const latest = options.latest ?? [];
  watch.seed(latest);
  const names = new DeviceNames();
  names.seed(latest);
  const checks: Checks = { limits, names };
  const arrivals = options.arrivals ?? new Arrivals(latest, logger);
  const lanes = new DeviceLanes();
  const lines = limitedLines();
  const keep = async (
    message: IncomingMessage,
    { accepted: readings, rejected, statuses }: Sorted,
  ): Promise<IngestResult> => {
    arrivals.take(readings);
    const { accepted, logged } = watch.look(readings);
    const [first] = rejected;
    // One line a message: a batch of 500 must not write 500.
    if (first) {
      const { device, code, detail, index } = first;
      const facts = { device, code, detail, index, rejected: rejected.length };
      lines((unlogged) => logger.info({ ...facts, unlogged }, "message rejected"));
    }
    if (logged.length + rejected.length + statuses.length > 0)
      await commits.add({ readings: logged, rejected, statuses }, message.payload.byteLength + 200);
    return { accepted, rejected };
  };
  return {
    metrics,
    take(message) {
      const foreign = isForeign(message);
      if (!foreign && !lanes.isBusy(message.device)) return keep(message, sort(message, checks));
      return lanes.run(
        message,
        async () =>
          foreign ? await sortForeign(message, checks, options.decodeForeign) : sort(message, checks),
        (sorted) => keep(message, sorted),
      );
    },
    get ready() {
      return commits.ready;
    },
    forget(meter, received) {
      watch.forget(meter);
      names.forget(meter);
      arrivals.deleted(meter, received + 1);
    },
    left: (device) => watch.left(device),
    close: () => commits.close(),
  };
}

function sort(message: IncomingMessage, checks: Checks): Sorted {
  const sorted: Sorted = { accepted: [], rejected: [], statuses: [] };
  try {
    refuseDerived(message.device);
    const topic = parseDeviceTopic(message.topic);
    if (topic?.kind === "reading") sortReadings(decodeMessage(message.payload), message, checks, sorted);
    else if (topic?.kind === "status" || topic?.kind === "info")
      sorted.statuses.push(deviceStatus(topic.kind, message));
    else throw new Rejection("schema", `Nothing is taken from the topic ${message.topic}.`);
  } catch (error) {
    sorted.rejected.push(rejectedMessage(asRejection(error), message, message.payload));
  }
  return sorted;
}

async function sortForeign(
  message: IncomingMessage,
  checks: Checks,
  decode: DecodeForeign | undefined,
): Promise<Sorted> {
  const sorted: Sorted = { accepted: [], rejected: [], statuses: [] };
  try {
    refuseDerived(message.device);
    sortReadings(await decodeVendor(message, decode), message, checks, sorted);
  } catch (error) {
    if (error instanceof PlatformError && error.retryable) throw error;
    sorted.rejected.push(rejectedMessage(asRejection(error), message, message.payload));
  }
  return sorted;
}

function refuseDerived(device: string): void {
  if (isDerived(device))
    throw new Rejection(
      "schema",
      `The name ${device} is kept for readings that extensions derive: give the device a name that does not begin with x-.`,
    );
}

const NO_BYTES = new Uint8Array(0);

/**
 * Reading by reading: a bad one costs only itself. Those of a foreign payload share its bytes, which stand with the first
 * rejected one: 500 copies of 64 KiB would fill memory and log.
 */
function sortReadings(
  readings: readonly DecodedReading[],
  message: IncomingMessage,
  { limits, names }: Checks,
  sorted: Sorted,
): void {
  for (const { value, fault, bytes, index } of readings) {
    try {
      if (fault !== undefined) throw new Rejection("schema", fault);
      const reading = normalise(value, message.device, message.received, limits);
      // Else an old value would be one of now, at each connection to the broker that keeps it.
      if (message.retained && reading.quality?.includes("server-time")) continue;
      names.note(reading);
      sorted.accepted.push(reading);
    } catch (error) {
      const isTold = bytes === message.payload && sorted.rejected.length > 0;
      sorted.rejected.push(rejectedMessage(asRejection(error), message, isTold ? NO_BYTES : bytes, index));
    }
  }
}

function deviceStatus(kind: "status" | "info", { device, payload, received }: IncomingMessage): DeviceStatus {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString("utf8");
  if (kind === "status") {
    if (text !== "online" && text !== "offline")
      throw new Rejection("schema", 'The status must be the text "online" or "offline".');
    return { device, kind, value: text, received };
  }
  if (payload.byteLength > MESSAGE_BYTES_MAX / 4)
    throw new Rejection(
      "too-large",
      `The info has ${payload.byteLength} bytes, but at most ${MESSAGE_BYTES_MAX / 4} are allowed.`,
    );
  const value = parseInfo(text);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Rejection("schema", 'The info must be a JSON object such as {"model":"…","firmware":"…"}.');
  return { device, kind, value, received };
}

function parseInfo(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Rejection("invalid-json", `The info does not parse as JSON: ${messageOf(error)}.`);
  }
}

/** Whatever a decoder may throw is a fault of the content, never of the connection. */
function asRejection(error: unknown): Rejection {
  return error instanceof Rejection
    ? error
    : new Rejection("schema", `The message could not be read: ${String(error)}.`);
}

function rejectedMessage(
  { code, message: detail }: Rejection,
  { device, topic, received }: IncomingMessage,
  bytes: Uint8Array,
  index?: number,
): RejectedMessage {
  const payload = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  return { device, topic, code, detail, received, ...(index === undefined ? undefined : { index }), payload };
}

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { PlatformError } from "@smp/schemas";
import { Kafka, logLevel, type KafkaConfig as ClientConfig, type SASLOptions } from "kafkajs";
import type { Logger } from "pino";
import type { KafkaConfig } from "../../config.ts";
import { encodeRequestsFast } from "./produce-request.ts";
import { decodeRecordsFast } from "./record-decoder.ts";

/** What kafkajs says, and no event tells, when Kafka has deleted what a group had not read yet. */
const OFFSET_GONE = "Offset out of range, resetting";
const POSITION_GONE =
  "Kafka has no records at this group's position: it goes on with those that are there, and what was deleted unread is lost to it. Raise the topic's retention.ms, or look why this group was away for so long";

/** kafkajs and the settings that all its clients here share. Connects to nothing yet. */
export async function createKafka(
  config: KafkaConfig,
  logger: Logger,
  onPositionGone: () => void = () => undefined,
): Promise<Kafka> {
  slowDownIdleTimer();
  encodeRequestsFast();
  decodeRecordsFast();
  const [ca, cert, key] = await Promise.all([config.caFile, config.certFile, config.keyFile].map(readSecret));
  const sasl = config.sasl && {
    mechanism: config.sasl.mechanism,
    username: config.sasl.username,
    password: (await readSecret(config.sasl.passwordFile)).trim(),
  };
  const client: ClientConfig = {
    clientId: config.clientId,
    brokers: config.brokers,
    connectionTimeout: 5_000,
    requestTimeout: 30_000,
    // The caller tries again with the same content, and knows how to say so.
    retry: { initialRetryTime: 100, retries: 3 },
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => {
      const { message, timestamp: _, ...facts } = entry.log;
      if (message.startsWith(OFFSET_GONE)) {
        onPositionGone();
        return logger.error(facts, POSITION_GONE);
      }
      // For looking into it only: what matters is logged where it fails, with what it means.
      logger.debug({ kafka: entry.namespace, ...facts }, message);
    },
    ...(config.tls ? { ssl: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) } } : undefined),
    ...(sasl && { sasl: sasl as SASLOptions }),
  };
  return new Kafka(client);
}

async function readSecret(path: string | undefined): Promise<string> {
  if (path === undefined) return "";
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new PlatformError(
      "kafka-secret",
      `${path} cannot be read: check the SMP_KAFKA_... variable that names it.`,
      { cause },
    );
  }
}

interface RequestQueue {
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  throttledUntil: number;
  pending: unknown[];
  checkPendingRequests(): void;
}

/**
 * kafkajs 2.2.4 looks at its empty request queue every millisecond (kafkajs#1704): 4.5 % of a core when idle. It only
 * needs to when requests wait.
 */
function slowDownIdleTimer(): void {
  const { prototype } = createRequire(import.meta.url)("kafkajs/src/network/requestQueue") as {
    prototype: { scheduleCheckPendingRequests(this: RequestQueue): void };
  };
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.throttleCheckTimeoutId || this.pending.length === 0) return;
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      Math.max(10, this.throttledUntil - Date.now()),
    );
  };
}

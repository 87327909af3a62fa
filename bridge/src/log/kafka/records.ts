import { DEVICE_ID, TIME_END_MS, type RejectedMessage } from "@smp/schemas";
import { normalisedReadingOf, rejectedMessageOf } from "@smp/schemas/validate";
import type { KafkaMessage, Message, TopicMessages } from "kafkajs";
import type { KafkaConfig } from "../../config.ts";
import type { DeviceStatus, LogBatch } from "../../log.ts";
import { partitionOf } from "./partitioner.ts";
import { RecordSet, type TextRecord } from "./produce-request.ts";

/** The kinds of records, each with its topic. */
const TOPICS = {
  readings: "smp.readings.v1",
  rejected: "smp.rejected.v1",
  statuses: "smp.status.v1",
} as const;
export type Kind = keyof typeof TOPICS;
export const KINDS = Object.keys(TOPICS) as Kind[];

/** What the platform's own records say in their header `schema`. */
const SCHEMAS = { readings: "normalised-reading", rejected: "rejected", statuses: "device-status" } as const;

/** One send holds at most this many bytes of values: Kafka refuses a batch above 1 MB. */
const SEND_BYTES_MAX = 500_000;

export const topicName = (kind: Kind, prefix: string): string => `${prefix}${TOPICS[kind]}`;

/** The sends that put a batch into Kafka, in order: of each topic one message for a partition, which holds its records. */
export function* sendsOf(
  batch: LogBatch,
  { topicPrefix, partitions }: Pick<KafkaConfig, "topicPrefix" | "partitions">,
): Generator<TopicMessages[]> {
  let bytes = 0;
  let open = new Map<Kind, TextRecord[][]>();
  const close = (): TopicMessages[] =>
    [...open].map(([kind, lists]) => ({
      topic: topicName(kind, topicPrefix),
      // Partitions without records are holes, which are left out.
      messages: lists.flatMap((records, partition) =>
        messageOf(partition, new RecordSet(SCHEMAS[kind], records)),
      ),
    }));
  for (const kind of KINDS)
    for (const one of batch[kind]) {
      const key = "meter" in one ? one.meter : one.device;
      const value = JSON.stringify(one);
      if (bytes > 0 && bytes + value.length > SEND_BYTES_MAX) {
        yield close();
        [bytes, open] = [0, new Map()];
      }
      bytes += value.length;
      let lists = open.get(kind);
      if (!lists) open.set(kind, (lists = []));
      (lists[partitionOf(key, partitions)] ??= []).push({ key, value, device: one.device });
    }
  if (bytes > 0) yield close();
}

/** What kafkajs sends as one message. */
export const messageOf = (partition: number, set: RecordSet): Message => ({
  partition,
  value: set as unknown as Buffer,
});

/**
 * The rejected message in place of a record that is larger than its topic takes: with the record as its payload, and where that does
 * not fit either, without. `undefined`: there is nothing left to leave away.
 */
export function rejectedInstead(
  topic: string,
  { value, device }: TextRecord,
  { topicPrefix, partitions }: Pick<KafkaConfig, "topicPrefix" | "partitions">,
): TopicMessages | undefined {
  const rejectedTopic = topicName("rejected", topicPrefix);
  const content = JSON.parse(value) as RejectedMessage;
  if (topic === rejectedTopic && content.payload === "") return undefined;
  const rejected: RejectedMessage =
    topic === rejectedTopic
      ? { ...content, detail: `${content.detail} Its bytes are more than ${topic} takes.`, payload: "" }
      : {
          device,
          topic,
          code: "too-large",
          detail: `The record has ${Buffer.byteLength(value)} bytes, more than ${topic} takes: send fewer registers, or raise its max.message.bytes.`,
          received: content.received,
          payload: Buffer.from(value).toString("base64"),
        };
  const records = [{ key: device, value: JSON.stringify(rejected), device }];
  const set = new RecordSet(SCHEMAS.rejected, records);
  return { topic: rejectedTopic, messages: [messageOf(partitionOf(device, partitions), set)] };
}

const READERS: { [K in Kind]: (content: unknown) => LogBatch[K][number] | undefined } = {
  readings: normalisedReadingOf,
  rejected: rejectedMessageOf,
  statuses: (content) => (isDeviceStatus(content) ? content : undefined),
};

/**
 * The platform's own record that this version cannot read at all. It was acknowledged, so it may not be lost: it is kept whole among
 * the rejected messages. `undefined`: somebody else's record.
 */
export function keptOf(kind: Kind, message: KafkaMessage, where: string): RejectedMessage | undefined {
  const { headers = {}, value, offset, timestamp } = message;
  const device = String(headers["device"]);
  if (String(headers["schema"]) !== SCHEMAS[kind] || !DEVICE_ID.test(device)) return undefined;
  const detail = `The record at offset ${offset} of ${where} is in no form that this version of the platform can read: upgrade what reads the log, and replay it.`;
  const payload = value?.toString("base64") ?? "";
  return { device, topic: where, code: "schema", detail, received: Number(timestamp), payload };
}

/**
 * A record's value in its batch, or `undefined` when it is none of ours. Its numbers must be such that every store takes them: one
 * that is refused would stop its partition for ever.
 */
export function recordOf(kind: Kind, value: Buffer | null): LogBatch[Kind][number] | undefined {
  let content: unknown;
  try {
    content = JSON.parse(value?.toString("utf8") ?? "");
  } catch {
    return undefined;
  }
  const record = READERS[kind](content);
  return record && isStorable(record) ? record : undefined;
}

const isTime = (ms: number): boolean => Number.isInteger(ms) && ms >= 0 && ms < TIME_END_MS;

const isStorable = ({
  t = 0,
  received,
  s = 0,
  index = 0,
}: {
  t?: number;
  received: number;
  s?: number;
  index?: number;
}): boolean => isTime(t) && isTime(received) && Number.isSafeInteger(s) && Number.isSafeInteger(index);

function isDeviceStatus(content: unknown): content is DeviceStatus {
  if (typeof content !== "object" || content === null) return false;
  const { device, kind, received } = content as Partial<DeviceStatus>;
  const known = kind === "status" || kind === "info" || kind === "deleted";
  return typeof device === "string" && known && typeof received === "number";
}

import { PlatformError } from "@smp/schemas";
import { CompressionTypes, type Producer, type RecordMetadata, type TopicMessages } from "kafkajs";
import type { KafkaConfig } from "../../config.ts";
import { RecordSet } from "./produce-request.ts";
import { messageOf, rejectedInstead } from "./records.ts";

export interface SendPorts {
  producer: Pick<Producer, "sendBatch">;
  config: Pick<KafkaConfig, "topicPrefix" | "partitions">;
  /** Hears of a record that goes among the rejected messages, because its topic takes none of its size. */
  onTooLarge: (facts: { topic: string; device: string; bytes: number }) => void;
}

/**
 * Sends record sets; where a topic takes less at once (`max.message.bytes`), in parts, a meter's records in their order. A record
 * that is too large by itself would stop the log for ever: it is sent among the rejected messages instead.
 */
export async function send(topicMessages: TopicMessages[], ports: SendPorts): Promise<void> {
  try {
    const { GZIP: compression } = CompressionTypes;
    const answers = await ports.producer.sendBatch({ acks: -1, compression, topicMessages });
    const left = unanswered(topicMessages, answers);
    if (left.length > 0) await send(left, ports);
  } catch (error) {
    const parts = isTooLarge(error) ? smaller(topicMessages, ports) : [];
    if (parts.length === 0) throw error;
    for (const part of parts) await send([part], ports);
  }
}

/**
 * What no broker has answered for. kafkajs tries again only with brokers that have not answered yet: a partition whose leader moves
 * meanwhile to one that has is sent nowhere, and no error tells.
 */
function unanswered(
  topicMessages: readonly TopicMessages[],
  answers: readonly RecordMetadata[],
): TopicMessages[] {
  const answered = new Set(answers.map(({ topicName, partition }) => `${topicName} ${partition}`));
  const left = topicMessages.map(({ topic, messages }) => ({
    topic,
    messages: messages.filter(({ partition }) => !answered.has(`${topic} ${partition}`)),
  }));
  if (countOf(left) === countOf(topicMessages))
    throw new PlatformError("kafka", "Kafka takes nothing: no broker has answered", { retryable: true });
  return left.filter(({ messages }) => messages.length > 0);
}

const countOf = (topicMessages: readonly TopicMessages[]): number =>
  topicMessages.reduce((sum, { messages }) => sum + messages.length, 0);

const isTooLarge = (error: unknown): boolean =>
  ["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"].includes((error as { type?: string }).type ?? "");

interface PlacedSet {
  topic: string;
  partition: number;
  set: RecordSet;
}

/** Each set by itself; of one its halves; for one record what stands for it, if anything. */
function smaller(
  topicMessages: readonly TopicMessages[],
  { config, onTooLarge }: SendPorts,
): TopicMessages[] {
  const sets = topicMessages.flatMap(({ topic, messages }) =>
    messages.map(({ partition = 0, value }) => ({ topic, partition, set: value as unknown as RecordSet })),
  );
  const [first, ...others] = sets;
  if (!first || others.length > 0) return sets.map(messagesOf);
  const { topic, set } = first;
  const [record, second] = set.records;
  if (!record || second) return halves(first);
  const instead = rejectedInstead(topic, record, config);
  if (!instead) return [];
  onTooLarge({ topic, device: record.device, bytes: Buffer.byteLength(record.value) });
  return [instead];
}

function halves({ set: { schema, records }, ...place }: PlacedSet): TopicMessages[] {
  const middle = Math.ceil(records.length / 2);
  const parts = [records.slice(0, middle), records.slice(middle)];
  return parts.map((part) => messagesOf({ ...place, set: new RecordSet(schema, part) }));
}

const messagesOf = ({ topic, partition, set }: PlacedSet): TopicMessages => ({
  topic,
  messages: [messageOf(partition, set)],
});

import { CompressionTypes, type Producer, type TopicMessages } from "kafkajs";
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
    await ports.producer.sendBatch({ acks: -1, compression: CompressionTypes.GZIP, topicMessages });
  } catch (error) {
    const parts = isTooLarge(error) ? smaller(topicMessages, ports) : [];
    if (parts.length === 0) throw error;
    for (const part of parts) await send([part], ports);
  }
}

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

import { createRequire } from "node:module";
import fc from "fast-check";
import { Partitioners, type PartitionMetadata } from "kafkajs";
import { expect, test } from "vitest";
import { murmur2, partitionOf } from "../../src/log/kafka/partitioner.ts";

const kafkajs = createRequire(import.meta.url)("kafkajs/src/producer/partitioners/default/murmur2.js") as (
  key: Buffer,
) => number;

const key = fc.oneof(fc.string({ maxLength: 120 }), fc.string({ unit: "grapheme", maxLength: 20 }));

test("a key has the hash and the partition that kafkajs gives it", () => {
  const theirs = Partitioners.DefaultPartitioner();
  fc.assert(
    fc.property(key, fc.integer({ min: 1, max: 100 }), (text, partitions) => {
      expect(murmur2(Buffer.from(text))).toBe(kafkajs(Buffer.from(text)));
      const partitionMetadata: PartitionMetadata[] = Array.from({ length: partitions }, (_, partitionId) => ({
        partitionErrorCode: 0,
        partitionId,
        leader: 1,
        replicas: [1],
        isr: [1],
      }));
      const args = { topic: "smp.readings.v1", partitionMetadata, message: { key: text, value: "{}" } };
      expect(partitionOf(text, partitions)).toBe(theirs(args));
    }),
  );
});

// Kafka's own test of it, UtilsTest.testMurmur2: hash by key.
test.each([
  ["21", -973932308],
  ["foobar", -790332482],
  ["a-little-bit-long-string", -985981536],
  ["a-little-bit-longer-string", -1486304829],
  ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
])("%s has the hash %i that Kafka's own clients give it", (text, hash) => {
  expect(murmur2(Buffer.from(text))).toBe(hash);
});

import { createRequire } from "node:module";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeRecord, type EncodeRecord, type KafkaRecord } from "../../src/log/kafka/record-encoder.ts";

const kafkajs = createRequire(import.meta.url)(
  "kafkajs/src/protocol/recordBatch/record/v0/index.js",
) as EncodeRecord;

const text = fc.string({ unit: "grapheme", maxLength: 300 });
const record = fc.record({
  offsetDelta: fc.integer({ min: 0, max: 100_000 }),
  key: text,
  value: text,
  headers: fc.dictionary(text, text, { maxKeys: 5 }),
});

test("a record of texts has the same bytes as kafkajs gives it", () => {
  fc.assert(
    fc.property(record, (one) => {
      expect(encodeRecord(one)?.buffer.toString("hex")).toBe(kafkajs(one).buffer.toString("hex"));
    }),
  );
});

test.each<[string, KafkaRecord]>([
  ["without a key", { value: "1" }],
  ["with bytes", { key: "k", value: Buffer.from("1") }],
  ["with a list of headers", { key: "k", value: "1", headers: { h: ["a", "b"] } }],
  ["with a time of its own", { key: "k", value: "1", timestampDelta: 3 }],
])("a record %s is left to kafkajs", (_what, one) => {
  expect(encodeRecord(one)).toBeUndefined();
});

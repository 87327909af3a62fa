import { createRequire } from "node:module";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fastDecoder, type DecodeRecord, type RecordBytes } from "../../src/log/kafka/record-decoder.ts";

const require = createRequire(import.meta.url);
const encode = require("kafkajs/src/protocol/recordBatch/record/v0/index.js") as (record: object) => {
  buffer: Buffer;
};
const decode = require("kafkajs/src/protocol/recordBatch/record/v0/decoder.js") as DecodeRecord;
const Decoder = require("kafkajs/src/protocol/decoder.js") as new (bytes: Buffer) => RecordBytes;

/** A record behind its length, as kafkajs hands it to the decoder of one. */
const bytesOf = (record: object): Decoder =>
  new Decoder(new Decoder(encode(record).buffer).readVarIntBytes() ?? Buffer.alloc(0));
type Decoder = InstanceType<typeof Decoder>;

const text = fc.string({ unit: "grapheme", maxLength: 300 });
const record = fc.record({
  offsetDelta: fc.integer({ min: 0, max: 100_000 }),
  timestampDelta: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 1_000_000 })),
  key: fc.option(text),
  value: fc.option(text),
  headers: fc.dictionary(text, text, { maxKeys: 5 }),
});
const context = fc.record({
  firstOffset: fc.maxSafeNat().map((offset) => String(Math.floor(offset / 2))),
  firstTimestamp: fc.constant("1780000000000"),
  maxTimestamp: fc.constant("1780000000500"),
  magicByte: fc.constant(2),
  timestampType: fc.constantFrom(0, 1),
  isControlBatch: fc.constantFrom(true, false),
});

test("a record has everything that kafkajs finds in it", () => {
  fc.assert(
    fc.property(record, context, (one, batch) => {
      expect({ ...fastDecoder(decode)(bytesOf(one), batch) }).toEqual(decode(bytesOf(one), batch));
    }),
  );
});

import { createRequire } from "node:module";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { CompressionTypes } from "kafkajs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  encodeRequest,
  encodeRequestsFast,
  RecordSet,
  type Encoded,
  type MakeRequest,
  type ProduceRequest,
} from "../../src/log/kafka/produce-request.ts";

const require = createRequire(import.meta.url);
const MODULE = "kafkajs/src/protocol/requests/produce/v3/request.js";
const kafkajs = require(MODULE) as MakeRequest;
const crc32C = require("kafkajs/src/protocol/recordBatch/crc32C/index.js") as (bytes: Buffer) => number;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_780_000_000_000 });
});
afterEach(() => vi.useRealTimers());

const text = fc.string({ unit: "grapheme", maxLength: 300 });
const record = fc.record({ key: text, value: text, device: text });
const set = fc.record({
  schema: text,
  records: fc.array(record, { minLength: 1, maxLength: 150 }),
});
const topic = fc.record({
  name: fc.string({ minLength: 1, maxLength: 40 }),
  sets: fc.array(set, { minLength: 1, maxLength: 4 }),
});
type Topics = {
  name: string;
  sets: { schema: string; records: RecordSet["records"] }[];
}[];

const request = (
  topics: Topics,
  values: (one: Topics[0]["sets"][0]) => { value: unknown }[],
): ProduceRequest => ({
  acks: -1,
  timeout: 30_000,
  compression: CompressionTypes.GZIP,
  transactionalId: undefined,
  producerId: -1,
  producerEpoch: 0,
  topicData: topics.map(({ name, sets }) => ({
    topic: name,
    partitions: sets.map((one, partition) => ({
      partition,
      firstSequence: 0,
      messages: values(one),
    })),
  })),
});
const asSets = (topics: Topics): ProduceRequest =>
  request(topics, ({ schema, records }) => [{ value: new RecordSet(schema, records) }]);
const asMessages = (topics: Topics): ProduceRequest =>
  request(topics, ({ schema, records }) =>
    records.map(({ key, value, device }) => ({
      key,
      value,
      headers: { "content-type": "application/json", device, schema },
    })),
  );

/** The request with what is compressed laid bare: zlib's level and its checksum are not kafkajs'. */
function laidBare({ buffer }: Encoded): unknown[] {
  const found: unknown[] = [buffer.subarray(0, 12).toString("hex")];
  let at = 12;
  for (let topics = buffer.readInt32BE(8); topics > 0; topics--) {
    const end = at + 2 + buffer.readInt16BE(at);
    found.push(buffer.toString("utf8", at + 2, end));
    at = end + 4;
    for (let partitions = buffer.readInt32BE(end); partitions > 0; partitions--) {
      const batch = buffer.subarray(at + 8, at + 8 + buffer.readInt32BE(at + 4));
      const head = Buffer.from(batch.subarray(0, 61));
      expect(head.readInt32BE(8)).toBe(batch.length - 12);
      expect(head.readUInt32BE(17)).toBe(crc32C(batch.subarray(21)));
      head.fill(0, 8, 12).fill(0, 17, 21);
      found.push(
        buffer.readInt32BE(at),
        head.toString("hex"),
        gunzipSync(batch.subarray(61)).toString("hex"),
      );
      at += 8 + batch.length;
    }
  }
  expect(at).toBe(buffer.length);
  return found;
}

test("record sets have the bytes that kafkajs gives their records", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(topic, { minLength: 1, maxLength: 2 }), async (topics) => {
      const ours = laidBare(await encodeRequest(asSets(topics)));
      expect(ours).toEqual(laidBare(await kafkajs(asMessages(topics)).encode()));
    }),
    { numRuns: 30 },
  );
});

test("a large set is compressed beside the event loop, into the same bytes", async () => {
  const records = Array.from({ length: 2_000 }, (_, index) => ({
    key: "m1",
    value: `{"t":${index},"x":"Zähler"}`,
    device: "m1",
  }));
  const topics = [{ name: "t", sets: [{ schema: "s", records }] }];
  expect(laidBare(await encodeRequest(asSets(topics)))).toEqual(
    laidBare(await kafkajs(asMessages(topics)).encode()),
  );
});

test("kafkajs' own requests stay with it; record sets it cannot encode by itself", async () => {
  const newest = MODULE.replace("v3", "v7");
  require(newest); // as another producer in this process has it
  encodeRequestsFast();
  const make = require(newest) as MakeRequest;
  const topics = [
    {
      name: "t",
      sets: [{ schema: "s", records: [{ key: "k", value: "1", device: "d" }] }],
    },
  ];
  expect(laidBare(await make(asMessages(topics)).encode())).toEqual(
    laidBare(await make(asSets(topics)).encode()),
  );
  await expect(kafkajs(asSets(topics)).encode()).rejects.toThrow(TypeError);
});

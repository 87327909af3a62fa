import { createRequire } from "node:module";
import { CompressionTypes } from "kafkajs";
import { expect, test } from "vitest";
import { onOwn, passOverOthers, passOverOwn, readAll, readOthers } from "../../src/log/kafka/own-batches.ts";
import { encodeRequest, RecordSet } from "../../src/log/kafka/produce-request.ts";

const require = createRequire(import.meta.url);

/** What a partition holds after a set was sent: the batch of the request, to which Kafka gives its place. */
async function written(texts: string[], firstOffset: number): Promise<Buffer> {
  const records = texts.map((value) => ({ key: "m1", value, device: "m1" }));
  const partitions = [{ partition: 0, messages: [{ value: new RecordSet("s", records) }] }];
  const topicData = [{ topic: "t", partitions }];
  const { buffer } = await encodeRequest({
    acks: -1,
    timeout: 1,
    compression: CompressionTypes.GZIP,
    topicData,
  });
  const batch = buffer.subarray(12 + 2 + 1 + 4 + 8);
  batch.writeBigInt64BE(BigInt(firstOffset), 0);
  batch.writeInt32BE(7, 12); // the leader's epoch
  return batch;
}

/** The part of kafkajs' fetched batch that its consumer goes by. */
interface Fetched {
  messages: { offset: string; value: Buffer }[];
  lastOffset(): string;
  isEmptyDueToFiltering(): boolean;
}

/** As kafkajs' consumer sees what was fetched from offset 0. */
async function fetched(bytes: Buffer): Promise<Fetched> {
  const Decoder = require("kafkajs/src/protocol/decoder.js") as new (bytes: Buffer) => object;
  const decode = require("kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js") as (
    decoder: object,
  ) => Promise<unknown[]>;
  const Batch = require("kafkajs/src/consumer/batch.js") as new (
    topic: string,
    at: string,
    data: object,
  ) => Fetched;
  const size = Buffer.alloc(4);
  size.writeInt32BE(bytes.length);
  const messages = await decode(new Decoder(Buffer.concat([size, bytes])));
  return new Batch("t", "0", {
    partition: 0,
    highWatermark: "99",
    messages,
    abortedTransactions: [{ producerId: "1", firstOffset: "0" }],
  });
}
const values = ({ messages }: Fetched): string[] => messages.map(({ value }) => value.toString());

test("who follows passes over what its own process wrote, once, and nothing else; who also loads reads all", async () => {
  const others = await written(["other"], 0);
  passOverOwn();
  const own = await written(["own", "too"], 1);
  const changed = await written(["changed"], 3);
  changed.writeUInt32BE(1, 17); // its checksum, after Kafka gave it a time of its own
  const mixed = await written(["more"], 4);

  const all = await fetched(Buffer.concat([others, own]));
  expect([values(all), all.lastOffset()]).toEqual([["other"], "2"]);
  expect(values(await fetched(changed))).toEqual(["changed"]);
  const again = await fetched(own);
  expect(values(again)).toEqual(["own", "too"]);

  const nothing = await fetched(mixed.subarray(0, -3));
  expect([values(nothing), nothing.isEmptyDueToFiltering()]).toEqual([[], false]);
  const alone = await fetched(mixed);
  // kafkajs then goes on behind it without a call of ours.
  expect([values(alone), alone.lastOffset(), alone.isEmptyDueToFiltering()]).toEqual([[], "4", true]);

  // What another process wrote, which has told its key.
  const keys: number[] = [];
  onOwn((key) => keys.push(key));
  const theirs = await written(["theirs"], 4);
  await fetched(theirs);
  expect(values(await fetched(theirs))).toEqual(["theirs"]);
  passOverOthers(keys);
  expect(values(await fetched(theirs))).toEqual([]);
  passOverOthers(keys);
  readOthers();
  expect(values(await fetched(theirs))).toEqual(["theirs"]);

  const late = await written(["late"], 5);
  readAll();
  expect(values(await fetched(Buffer.concat([late, await written(["last"], 6)])))).toEqual(["late", "last"]);
});

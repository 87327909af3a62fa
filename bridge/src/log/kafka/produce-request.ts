import { createRequire } from "node:module";
import { promisify } from "node:util";
import { gzip, gzipSync } from "node:zlib";
import { CompressionTypes } from "kafkajs";
import { noteOwn } from "./own-batches.ts";

/** In kafkajs: the request's third version, which the later ones are made of. Each is loaded by the first request of its kind. */
const MODULE = "kafkajs/src/protocol/requests/produce/v3/request.js";
const MADE_OF_IT = [4, 5, 6, 7].map((version) => MODULE.replace("v3", `v${version}`));
const CRC_MODULE = "kafkajs/src/protocol/recordBatch/crc32C/index.js";

/** One record of a meter or a device. */
export interface TextRecord {
  key: string;
  value: string;
  /** Who sent it; a header. */
  device: string;
}

/**
 * The records of one partition. kafkajs is given it as one message's value, because what it does for a message costs as much as
 * a reading's JSON: it copies a partition's list for each one, and makes four buffers. Should kafkajs ever encode it by itself, it
 * throws, and nothing is acknowledged.
 */
export class RecordSet {
  readonly schema: string;
  readonly records: readonly TextRecord[];

  constructor(schema: string, records: readonly TextRecord[]) {
    this.schema = schema;
    this.records = records;
  }
}

/** What kafkajs encodes. */
export interface ProduceRequest {
  acks: number;
  timeout: number;
  compression: CompressionTypes;
  transactionalId?: string | null | undefined;
  producerId?: unknown;
  producerEpoch?: number;
  topicData: {
    topic: string;
    partitions: { partition: number; messages: { value: unknown }[] }[];
  }[];
}
/** The part of kafkajs' own `Encoder` that it reads of the answer. */
export interface Encoded {
  buf: Buffer;
  buffer: Buffer;
}
export type MakeRequest = (request: ProduceRequest) => {
  encode: () => Promise<Encoded>;
};

const require = createRequire(import.meta.url);
const crc32C = require(CRC_MODULE) as (bytes: Buffer) => number;

/** Requests of record sets are encoded here from now on; all others stay with kafkajs. */
export function encodeRequestsFast(): void {
  const original = require(MODULE) as MakeRequest & { isFast?: true };
  const cached = require.cache[require.resolve(MODULE)];
  if (!cached || original.isFast) return;
  const make: MakeRequest = (request) => ({
    ...original(request),
    ...(isOfRecordSets(request) && { encode: () => encodeRequest(request) }),
  });
  cached.exports = Object.assign(make, { isFast: true });
  // What a producer of somebody else in this process has loaded before holds the original; the next request loads it again.
  for (const module of MADE_OF_IT) delete require.cache[require.resolve(module)];
}

const isOfRecordSets = ({ transactionalId, producerId, compression, topicData }: ProduceRequest): boolean =>
  (transactionalId === undefined || transactionalId === null) &&
  producerId === -1 &&
  compression === CompressionTypes.GZIP &&
  topicData.every(({ partitions }) =>
    partitions.every(({ messages }) => messages.length === 1 && messages[0]?.value instanceof RecordSet),
  );

/** Produce request, version 3 to 7: acks, timeout, and a batch of records for each partition. */
export async function encodeRequest({ acks, timeout, topicData }: ProduceRequest): Promise<Encoded> {
  const now = Date.now();
  const parts: Promise<Buffer>[] = [];
  const head = Buffer.alloc(12);
  head.writeInt16BE(-1, 0); // no transaction
  head.writeInt16BE(acks, 2);
  head.writeInt32BE(timeout, 4);
  head.writeInt32BE(topicData.length, 8);
  parts.push(Promise.resolve(head));
  for (const { topic, partitions } of topicData) {
    const length = Buffer.byteLength(topic);
    const topicHead = Buffer.alloc(length + 6);
    topicHead.writeInt16BE(length, 0);
    topicHead.write(topic, 2);
    topicHead.writeInt32BE(partitions.length, length + 2);
    parts.push(Promise.resolve(topicHead));
    for (const { partition, messages } of partitions)
      parts.push(encodePartition(partition, messages[0]?.value as RecordSet, now));
  }
  const buffer = Buffer.concat(await Promise.all(parts));
  return { buf: buffer, buffer };
}

/** Of a batch before its records (KIP-98); its length is counted from byte 12 on, its checksum from 21. */
const BATCH_HEAD_BYTES = 61;
/** Before the batch: its partition, and its size. */
const PARTITION_HEAD_BYTES = 8;

async function encodePartition(partition: number, set: RecordSet, now: number): Promise<Buffer> {
  const compressed = await compress(set);
  const bytes = Buffer.alloc(PARTITION_HEAD_BYTES + BATCH_HEAD_BYTES + compressed.length);
  const batch = bytes.subarray(PARTITION_HEAD_BYTES);
  bytes.writeInt32BE(partition, 0);
  bytes.writeInt32BE(batch.length, 4);
  batch.writeInt32BE(batch.length - 12, 8);
  batch[16] = 2; // the format
  batch.writeInt16BE(CompressionTypes.GZIP, 21);
  batch.writeInt32BE(set.records.length - 1, 23);
  batch.writeBigInt64BE(BigInt(now), 27);
  batch.writeBigInt64BE(BigInt(now), 35);
  batch.writeBigInt64BE(-1n, 43); // not idempotent
  batch.writeInt32BE(set.records.length, 57);
  compressed.copy(batch, BATCH_HEAD_BYTES);
  batch.writeUInt32BE(crc32C(batch.subarray(21)), 17);
  noteOwn(batch);
  return bytes;
}

/** Light: kafkajs' own level takes twice as long, for readings that are then a fifth smaller. */
const LEVEL = 2;
/** To hand less to another thread costs this one as much as to compress it, and all of them three times as much. */
const SYNC_BYTES_MAX = 65_536;
const inThread = promisify(gzip);
/** Room for what is usually left of a batch, in place of zlib's 16 KB each time. */
const COMPRESSED_BYTES = 4_096;

/**
 * Where records lie until they are compressed, in the same turn. Made anew for each batch, they were half of what V8 counts as
 * memory outside its heap: it collected the whole heap three times as often.
 */
const scratch = Buffer.allocUnsafeSlow(SYNC_BYTES_MAX);

function compress(set: RecordSet): Buffer | Promise<Buffer> {
  const bytes = encodeRecords(set, (size) =>
    size <= SYNC_BYTES_MAX ? scratch.subarray(0, size) : Buffer.allocUnsafe(size),
  );
  return bytes.buffer === scratch.buffer
    ? gzipSync(bytes, { level: LEVEL, chunkSize: COMPRESSED_BYTES })
    : inThread(bytes, { level: LEVEL });
}

/** All records behind one another, into one buffer of the right size. */
export function encodeRecords(
  { schema, records }: RecordSet,
  allocate: (size: number) => Buffer = (size) => Buffer.allocUnsafe(size),
): Buffer {
  const [before, after] = [HEADERS_TO_DEVICE, headersAfterDevice(schema)];
  const lengths: number[] = [];
  const bodies: number[] = [];
  let size = 0;
  for (const [index, { key, value, device }] of records.entries()) {
    // Attributes and the time are a byte each, both 0: the batch's.
    let body = 2 + sizeOf(index) + before.length + after.length;
    for (const text of [key, value, device]) {
      const length = Buffer.byteLength(text);
      lengths.push(length);
      body += sizeOf(length) + length;
    }
    bodies.push(body);
    size += sizeOf(body) + body;
  }
  const buffer = allocate(size);
  let at = 0;
  const put = (text: string, length: number): void => {
    at = putNumber(buffer, length, at);
    // Of ASCII the same bytes, copied at once.
    at += buffer.write(text, at, length, length === text.length ? "latin1" : "utf8");
  };
  for (const [index, { key, value, device }] of records.entries()) {
    at = putNumber(buffer, bodies[index] ?? 0, at);
    buffer[at++] = 0;
    buffer[at++] = 0;
    at = putNumber(buffer, index, at);
    put(key, lengths[3 * index] ?? 0);
    put(value, lengths[3 * index + 1] ?? 0);
    at += before.copy(buffer, at);
    put(device, lengths[3 * index + 2] ?? 0);
    at += after.copy(buffer, at);
  }
  return buffer;
}

/** Bytes of a number from 0 on as a zigzag varint. */
function sizeOf(number: number): number {
  let size = 1;
  for (let rest = number * 2; rest > 0x7f; rest = Math.floor(rest / 128)) size++;
  return size;
}

function putNumber(buffer: Buffer, number: number, start: number): number {
  let at = start;
  let rest = number * 2;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) buffer[at++] = (rest & 0x7f) | 0x80;
  buffer[at++] = rest;
  return at;
}

const textBytes = (text: string): Buffer => {
  const length = Buffer.alloc(2);
  const bytes = Buffer.from(text);
  return Buffer.concat([length.subarray(0, putNumber(length, bytes.length, 0)), bytes]);
};
const texts = (...list: string[]): Buffer => Buffer.concat(list.map(textBytes));

/** Three headers (zigzag); the device's value follows. */
const HEADERS_TO_DEVICE = Buffer.concat([
  Buffer.from([6]),
  texts("content-type", "application/json", "device"),
]);
const headersAfterDevice = (schema: string): Buffer => texts("schema", schema);

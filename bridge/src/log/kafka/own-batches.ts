import { createRequire } from "node:module";

/** kafkajs' decoder of a fetched batch of records. */
export interface BatchBytes {
  buffer: Buffer;
  offset: number;
  forward(bytes: number): void;
}
export type DecodeBatch = (bytes: BatchBytes) => Promise<{ records: unknown[] }>;

/** In kafkajs; loaded by its first fetch. */
const MODULE = "kafkajs/src/protocol/recordBatch/v0/decoder.js";
/** Behind a batch's length come so many bytes less than are before it (KIP-98). */
const LENGTH_END = 12;
const OWN_MAX = 10_000;

/** Checksum and length of what this process wrote, and has not seen come back; the oldest first. */
const own = new Set<number>();
/** Those of what other processes wrote that need not be read. */
const others = new Set<number>();
let tellOwn: (key: number) => void = () => undefined;
let isFollowing = false;
let isAllRead = false;

const keyOf = (batch: Buffer): number => batch.readUInt32BE(17) + batch.readUInt32BE(8) * 2 ** 32;

/** Remembers a batch that this process sends. */
export function noteOwn(batch: Buffer): void {
  if (!isFollowing || isAllRead) return;
  const key = keyOf(batch);
  remember(own, key);
  tellOwn(key);
}

function remember(keys: Set<number>, key: number): void {
  keys.add(key);
  if (keys.size > OWN_MAX) for (const oldest of keys) return void keys.delete(oldest);
}

/** Tells `listener` of each batch that this process writes, by a number for `passOverOthers` of another. */
export function onOwn(listener: (key: number) => void): void {
  tellOwn = listener;
}

/** Consumers of this process pass over these batches, too, which another one shows. */
export function passOverOthers(keys: readonly number[]): void {
  for (const key of keys) remember(others, key);
}

/** Others' batches are read from now on. */
export const readOthers = (): void => others.clear();

/**
 * Consumers of this process pass over what it wrote itself, for it has shown that already: to unpack it cost a broker as much as a
 * fifth of its main thread. A batch that Kafka changed (LogAppendTime, another compression) is not recognised, and is read as before.
 */
export function passOverOwn(): void {
  isFollowing = true;
  const require = createRequire(import.meta.url);
  const original = require(MODULE) as DecodeBatch & { passesOver?: true };
  const cached = require.cache[require.resolve(MODULE)];
  if (!cached || original.passesOver) return;
  cached.exports = Object.assign(passingOver(original), { passesOver: true });
}

/** Nothing is passed over in a process that also loads: kafkajs' consumers share their decoder. */
export function readAll(): void {
  isAllRead = true;
}

const passingOver =
  (original: DecodeBatch): DecodeBatch =>
  async (bytes) => {
    const batch = bytes.buffer.subarray(bytes.offset);
    const end = LENGTH_END + batch.readInt32BE(8);
    const key = keyOf(batch);
    if (isAllRead || end > batch.length || !(own.delete(key) || others.delete(key))) return original(bytes);
    bytes.forward(end);
    const last = batch.readBigInt64BE(0) + BigInt(batch.readInt32BE(23));
    // As the end of a transaction is, which nobody is shown: kafkajs goes on behind it.
    return {
      records: [
        {
          offset: String(last),
          key: null,
          value: null,
          isControlRecord: true,
          batchContext: {},
        },
      ],
    };
  };

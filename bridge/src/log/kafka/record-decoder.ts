import { createRequire } from "node:module";

/** kafkajs' decoder of one record, and what it tells of the batch that the record is from. */
export interface RecordBytes {
  buffer: Buffer;
  offset: number;
  readVarInt(): number;
  readVarIntBytes(): Buffer | null;
}
export interface BatchContext {
  firstOffset: string;
  firstTimestamp: string;
  maxTimestamp: string;
  magicByte: number;
  timestampType: number;
  isControlBatch?: boolean;
}
export interface Decoded {
  offset: string;
  timestamp: string;
  key: Buffer | null;
  value: Buffer | null;
  headers: Record<string, unknown>;
}
export type DecodeRecord = (bytes: RecordBytes, context: BatchContext) => Decoded;

/** In kafkajs; loaded by its first fetch. */
const MODULE = "kafkajs/src/protocol/recordBatch/record/v0/decoder.js";
const LOG_APPEND_TIME = 1;

/**
 * kafkajs 2.2.4 decodes a record with objects for its time, its place and each header: most of what following the log
 * costs a broker. This reads of our records only what somebody looks at. Records with a time of their own, which are not
 * ours, stay with kafkajs.
 */
export function decodeRecordsFast(): void {
  const require = createRequire(import.meta.url);
  const original = require(MODULE) as DecodeRecord & { isFast?: true };
  const cached = require.cache[require.resolve(MODULE)];
  if (!cached || original.isFast) return;
  cached.exports = Object.assign(fastDecoder(original), { isFast: true });
}

export const fastDecoder =
  (original: DecodeRecord): DecodeRecord =>
  (bytes, context) => {
    // Attributes, then the time: a byte each, if it is the batch's time.
    if (bytes.buffer[1] !== 0) return original(bytes, context);
    bytes.offset = 2;
    const { firstOffset, firstTimestamp, maxTimestamp, magicByte, timestampType } = context;
    return {
      magicByte,
      attributes: bytes.buffer.readInt8(0),
      timestamp: timestampType === LOG_APPEND_TIME && maxTimestamp ? maxTimestamp : firstTimestamp,
      offset: String(Number(firstOffset) + bytes.readVarInt()),
      key: bytes.readVarIntBytes(),
      value: bytes.readVarIntBytes(),
      get headers() {
        bytes.offset = 0;
        return original(bytes, context).headers;
      },
      isControlRecord: context.isControlBatch ?? false,
      batchContext: context,
    };
  };

import { crc32 } from "node:zlib";
import { MESSAGE_BYTES_MAX } from "@smp/schemas";

/* record => magic(2: C5 4A) length(2) crc32(4) sequence(6) clock(6) payload(length); all big-endian
     crc32 covers every byte of the record but its own four
     clock: milliseconds for which the journal has been in operation, see journal-clock.ts */
const MAGIC = 0xc54a;
const MAGIC_BYTES: Buffer = Buffer.from([0xc5, 0x4a]);
export const RECORD_HEADER_BYTES = 20;
export const PAYLOAD_BYTES_MAX: number = MESSAGE_BYTES_MAX;

export interface JournalRecord {
  sequence: number;
  clockMs: number;
  payload: Uint8Array;
}

const checksum = (record: Buffer): number => crc32(record.subarray(8), crc32(record.subarray(0, 4)));

export function writeRecord({ sequence, clockMs, payload }: JournalRecord): Buffer {
  const record = Buffer.allocUnsafe(RECORD_HEADER_BYTES + payload.length);
  record.writeUInt16BE(MAGIC, 0);
  record.writeUInt16BE(payload.length, 2);
  record.writeUIntBE(sequence, 8, 6);
  record.writeUIntBE(clockMs, 14, 6);
  record.set(payload, RECORD_HEADER_BYTES);
  record.writeUInt32BE(checksum(record), 4);
  return record;
}

/** The whole and unharmed record at an offset; `undefined` when there is none. The payload is a view, not a copy. */
export function readRecord(bytes: Buffer, offset: number): JournalRecord | undefined {
  if (offset + RECORD_HEADER_BYTES > bytes.length || bytes.readUInt16BE(offset) !== MAGIC) return undefined;
  const length = bytes.readUInt16BE(offset + 2);
  const end = offset + RECORD_HEADER_BYTES + length;
  if (length === 0 || length > PAYLOAD_BYTES_MAX || end > bytes.length) return undefined;
  const record = bytes.subarray(offset, end);
  if (record.readUInt32BE(4) !== checksum(record)) return undefined;
  return {
    sequence: record.readUIntBE(8, 6),
    clockMs: record.readUIntBE(14, 6),
    payload: record.subarray(RECORD_HEADER_BYTES),
  };
}

/** What a walk over a segment's bytes found. */
export interface Scan {
  records: number;
  /** Where the last unharmed record ends. */
  end: number;
  /** Bytes that belong to no unharmed record, those after `end` included. */
  damagedBytes: number;
  clockMsMax: number;
}

/**
 * Finds every unharmed record. Damage costs the record that it hits and none after it: the walk goes on at the next
 * magic. Sequence numbers rise and stay below `limit`, where the next segment takes over: what does not is a leftover
 * of a write that failed and was repeated in the next segment. `onRecord` hears of each, in order.
 */
export function scanRecords(
  bytes: Buffer,
  first: number,
  limit: number,
  onRecord: (sequence: number, offset: number) => void,
): Scan {
  const scan: Scan = { records: 0, end: 0, damagedBytes: 0, clockMsMax: 0 };
  let expected = first;
  let offset = 0;
  while (offset < bytes.length) {
    const record = readRecord(bytes, offset);
    if (!record) {
      const next = bytes.indexOf(MAGIC_BYTES, offset + 1);
      const skipped = (next < 0 ? bytes.length : next) - offset;
      scan.damagedBytes += skipped;
      offset += skipped;
      continue;
    }
    const length = RECORD_HEADER_BYTES + record.payload.length;
    if (record.sequence >= expected && record.sequence < limit) {
      onRecord(record.sequence, offset);
      scan.records++;
      scan.clockMsMax = Math.max(scan.clockMsMax, record.clockMs);
      scan.end = offset + length;
      expected = record.sequence + 1;
    }
    offset += length;
  }
  return scan;
}

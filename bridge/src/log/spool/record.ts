import { crc32 } from "node:zlib";
import type { LogBatch } from "../../log.ts";

/* record => magic(2: FF 53) kind(1) length(3) crc32(4) payload(length, JSON); all big-endian
     crc32 covers every byte of the record but its own four
     FF stands in no UTF-8 text: a magic inside a payload is damage */
const MAGIC = 0xff53;
const MAGIC_BYTES: Buffer = Buffer.from([0xff, 0x53]);
const HEADER_BYTES = 10;
/** Far above what a message of 16 KiB can become. */
export const RECORD_BYTES_MAX: number = 256 * 1024;
const KINDS = { readings: 1, rejected: 2, statuses: 3 } as const;
const LISTS: readonly (keyof LogBatch)[] = ["readings", "rejected", "statuses"];

const checksum = (record: Buffer): number =>
  crc32(record.subarray(HEADER_BYTES), crc32(record.subarray(0, 6)));

/** One record for each reading, rejection and status, so that damage costs one of them. */
export function writeRecords(batch: LogBatch): Buffer[] {
  return LISTS.flatMap((list) => batch[list].map((item) => writeRecord(KINDS[list], item)));
}

function writeRecord(kind: number, item: unknown): Buffer {
  const text = JSON.stringify(item);
  const length = Buffer.byteLength(text);
  if (HEADER_BYTES + length > RECORD_BYTES_MAX)
    throw new RangeError(`an entry of ${length} bytes is too large for the spool`);
  const record = Buffer.allocUnsafe(HEADER_BYTES + length);
  record.writeUInt16BE(MAGIC, 0);
  record.writeUInt8(kind, 2);
  record.writeUIntBE(length, 3, 3);
  record.write(text, HEADER_BYTES);
  record.writeUInt32BE(checksum(record), 6);
  return record;
}

/** What a walk over a piece of a segment found. */
export interface Scan {
  batch: LogBatch;
  /** Where to go on; behind it nothing has been judged. */
  end: number;
  /** Stretches that belong to no unharmed record. */
  damaged: number;
  /** Bytes at the very end that belong to none: a write that was cut off. */
  tornBytes: number;
}

/**
 * Reads every unharmed record, in order. Damage costs what it hits and nothing after it: the walk goes on at the next
 * magic. `isLast` says that no byte follows; otherwise a record that is cut off is left for the next piece.
 */
export function scanRecords(bytes: Buffer, isLast: boolean): Scan {
  const batch = { readings: [], rejected: [], statuses: [] } as Record<keyof LogBatch, unknown[]>;
  const scan = { batch: batch as unknown as LogBatch, end: 0, damaged: 0, tornBytes: 0 };
  let isDamaged = false;
  while (scan.end < bytes.length) {
    const at = scan.end;
    const length = recordLength(bytes, at);
    if (
      !isLast &&
      at > 0 &&
      (length === undefined ? bytes.length - at < HEADER_BYTES : at + length > bytes.length)
    )
      break;
    const entry = length === undefined ? undefined : readRecord(bytes.subarray(at, at + length));
    if (entry && length !== undefined) {
      batch[entry.list].push(entry.item);
      scan.end = at + length;
      isDamaged = false;
      continue;
    }
    const next = bytes.indexOf(MAGIC_BYTES, at + 1);
    // The last byte may be the first one of a magic that goes on in the next piece.
    scan.end = next >= 0 ? next : isLast ? bytes.length : Math.max(at + 1, bytes.length - 1);
    if (next < 0 && isLast && !isDamaged) scan.tornBytes = bytes.length - at;
    else if (!isDamaged) scan.damaged++;
    isDamaged = true;
  }
  return scan;
}

/** The length that a header announces; `undefined` when there is no header. */
function recordLength(bytes: Buffer, at: number): number | undefined {
  if (at + HEADER_BYTES > bytes.length || bytes.readUInt16BE(at) !== MAGIC) return undefined;
  const length = HEADER_BYTES + bytes.readUIntBE(at + 3, 3);
  return length > RECORD_BYTES_MAX ? undefined : length;
}

function readRecord(record: Buffer): { list: keyof LogBatch; item: unknown } | undefined {
  if (record.length !== recordLength(record, 0) || record.readUInt32BE(6) !== checksum(record))
    return undefined;
  const list = LISTS.find((name) => KINDS[name] === record[2]);
  return list && { list, item: JSON.parse(record.toString("utf8", HEADER_BYTES)) as unknown };
}

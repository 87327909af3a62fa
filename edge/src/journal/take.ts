import type { DiskFiles } from "@smp/disk";
import type { Logger } from "pino";
import type { Acknowledgements } from "./acknowledgements.ts";
import { RECORD_HEADER_BYTES } from "./record.ts";
import { readPayloads, type Segment, type SegmentIndex } from "./segment.ts";
import type { Segments } from "./segments.ts";

export type DrainOrder = "oldest-first" | "newest-first";

export interface TakeOptions {
  order: DrainOrder;
  /** Sequence numbers, both inclusive; by default all. */
  from?: number;
  to?: number;
  readingsMax: number;
  /** Of all payloads together; one reading is always handed out. */
  bytesMax: number;
}

/** Readings on their way: sequence numbers `from` to `to`, and the payloads that are there, oldest first. */
export interface Batch {
  from: number;
  to: number;
  payloads: Uint8Array[];
}

interface Parts {
  files: DiskFiles;
  segments: Segments;
  acknowledgements: Acknowledgements;
  log: Logger;
}

/** See `Journal.take`. Not to be called again before it has answered. */
export async function takeBatch(options: TakeOptions, parts: Parts): Promise<Batch | undefined> {
  const { segments, acknowledgements } = parts;
  const { order, from = 0, to = Infinity } = options;
  for (;;) {
    const anchor = acknowledgements.next(order, from, to);
    const segment = anchor === undefined ? undefined : segments.of(anchor);
    if (anchor === undefined || !segment) return undefined;
    const batch = await readFrom(segment, anchor, options, parts).catch((error: unknown) => {
      // Set aside until the next start: other segments must not wait for a bad block.
      parts.log.error(
        { err: error },
        `the journal cannot read ${segment.path}: its readings stay there, the others go on`,
      );
      acknowledgements.take(segment.first, segment.limit - 1);
      return undefined;
    });
    if (!batch || batch.payloads.length === 0 || !segments.all.includes(segment)) continue;
    acknowledgements.take(batch.from, batch.to);
    return batch;
  }
}

async function readFrom(
  segment: Segment,
  anchor: number,
  options: TakeOptions,
  parts: Parts,
): Promise<Batch | undefined> {
  const { files, acknowledgements } = parts;
  const index = segment.index ?? (await indexed(segment, parts));
  if (index.offsetOf(anchor) === undefined) {
    const step = options.order === "oldest-first" ? 1 : -1;
    let end = anchor;
    while (isGap(segment, index, end + step)) end += step;
    acknowledgements.markAbsent(Math.min(anchor, end), Math.max(anchor, end));
    return undefined;
  }
  const { low, high } = extent(anchor, index, options, acknowledgements);
  const payloads = await readPayloads(files, segment, index, low, high);
  for (const [position, payload] of payloads.entries()) {
    if (payload) continue;
    acknowledgements.damaged++;
    acknowledgements.markAbsent(low + position, low + position);
    parts.log.warn({ s: low + position }, "a reading in the journal is damaged and cannot be sent");
  }
  return { from: low, to: high, payloads: payloads.filter((payload) => payload !== undefined) };
}

/** The last segment's gap ends where its records do: what comes there is still to be written. */
const isGap = (segment: Segment, index: SegmentIndex, sequence: number): boolean =>
  sequence >= segment.first &&
  sequence < Math.min(segment.limit, segment.limit === Infinity ? index.last + 1 : segment.limit) &&
  index.offsetOf(sequence) === undefined;

async function indexed(segment: Segment, { segments, acknowledgements, log }: Parts): Promise<SegmentIndex> {
  const scan = await segments.scan(segment);
  if (scan.damagedBytes > 0) {
    const damaged = Math.max(1, segment.limit - segment.first - scan.records);
    acknowledgements.damaged += damaged;
    log.warn(
      { damaged, damagedBytes: scan.damagedBytes },
      `${segment.path} is damaged: what it hits cannot be sent`,
    );
  }
  if (!segment.index) throw new Error(`no index of ${segment.path}`);
  return segment.index;
}

/** Grows from the anchor, in the order's direction, over free neighbours as long as the limits allow. */
function extent(
  anchor: number,
  index: SegmentIndex,
  { order, from = 0, to = Infinity, readingsMax, bytesMax }: TakeOptions,
  acknowledgements: Acknowledgements,
): { low: number; high: number } {
  const lengthOf = (sequence: number): number | undefined => {
    const offset = index.offsetOf(sequence);
    return offset === undefined ? undefined : index.endOf(sequence) - offset - RECORD_HEADER_BYTES;
  };
  let [low, high] = [anchor, anchor];
  let bytes = lengthOf(anchor) ?? 0;
  while (high - low + 1 < readingsMax) {
    const next = order === "oldest-first" ? high + 1 : low - 1;
    const length = lengthOf(next);
    if (length === undefined || next < from || next > to || !acknowledgements.isFree(next)) break;
    bytes += length;
    if (bytes > bytesMax) break;
    low = Math.min(low, next);
    high = Math.max(high, next);
  }
  return { low, high };
}

import type { Frame } from "./frame.ts";
import { type Assembled, type Assembler, concatenate, MESSAGE_BYTES_MAX } from "./message.ts";

/* EN 13757-3 transport layer for DLMS
     CI   => 000F SSSS: F last segment, SSSS sequence number modulo 16
     data => STSAP DTSAP slice of the APDU; where it is cut carries no meaning */
const LAST = 0x10;
const SEQUENCE = 0x0f;
const ADDRESS_BYTES = 2;
/** Segments follow back to back, telegrams at least 3 s after each other: what comes later is another telegram's. */
const SEGMENT_GAP_MS_MAX = 3_000;

/** Joins the segments of wired M-Bus frames into DLMS APDUs. */
export function mbusSegments(): Assembler {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  let sequence = 0;
  let lastMs = 0;

  const drop = (reason: string): string | undefined => {
    const lost = parts.length > 0 ? `wired M-Bus: ${reason}` : undefined;
    parts = [];
    bytes = 0;
    return lost;
  };

  const add = (frame: Frame, nowMs: number): Assembled => {
    if (frame.protocol !== "mbus") return {};
    const { controlInformation: ci, data } = frame;
    if ((ci & 0xe0) !== 0)
      return application(ci, data, drop("another application interrupted a segmented telegram"));
    let lost: string | undefined;
    const expected = parts.length === 0 ? 0 : (sequence + 1) & SEQUENCE;
    if (parts.length > 0 && nowMs - lastMs > SEGMENT_GAP_MS_MAX)
      lost = drop("the rest of a telegram never came");
    else if ((ci & SEQUENCE) !== expected) lost = drop(`segment ${expected} of a telegram is missing`);
    if (data.length < ADDRESS_BYTES || (parts.length === 0 && (ci & SEQUENCE) !== 0))
      return withLoss(lost ?? "wired M-Bus: the first segment of a telegram is missing");
    if (bytes + data.length > MESSAGE_BYTES_MAX) return withLoss(drop("a telegram exceeds 8 KiB"));
    parts.push(data.subarray(ADDRESS_BYTES));
    bytes += data.length;
    sequence = ci & SEQUENCE;
    lastMs = nowMs;
    if ((ci & LAST) === 0) return withLoss(lost);
    const message = {
      protocol: "mbus",
      kind: "apdu",
      bytes: concatenate(parts),
      frames: parts.length,
    } as const;
    parts = [];
    bytes = 0;
    return { ...withLoss(lost), message };
  };
  return { add, end: () => drop("the source ended within a telegram") };
}

const withLoss = (lost: string | undefined): Assembled => (lost === undefined ? {} : { lost });

function application(ci: number, data: Uint8Array, lost: string | undefined): Assembled {
  const bytes = concatenate([Uint8Array.of(ci), data]);
  return { ...withLoss(lost), message: { protocol: "mbus", kind: "mbus-application", bytes, frames: 1 } };
}

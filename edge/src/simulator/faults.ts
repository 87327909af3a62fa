import { uniform } from "./random.ts";

/** Troubles of the line and of readers, as public issue threads tell them. Probabilities are per telegram, 0 to 1. */
export interface FaultOptions {
  /** Up to eight bytes in a row vanish (a software serial port, a receive buffer that is too small). */
  lostBytes?: number;
  /** High bits stay at 1 from some byte on (slow edges on the bus). */
  stuckBits?: number;
  /** The first telegram is cut: the reader was switched on in the middle. */
  startMidTelegram?: boolean;
  /** Bytes 00 behind each telegram. */
  trailingZeros?: number;
  /** `68 01 01 68`: older Sagemcom firmware sends only the low byte of a length of 257. */
  wrappedLength?: boolean;
  /** The first frame is sent twice. */
  duplicateFrame?: number;
  /** More than a second of silence between two segments. */
  pauseBetweenSegments?: number;
}

export type FaultName = keyof FaultOptions;

/** A piece of what goes over the line. */
export interface WirePiece {
  /** Silence before the piece, beyond the line's own time. */
  pauseMs: number;
  bytes: Uint8Array;
}

export interface Wire {
  pieces: WirePiece[];
  faults: FaultName[];
  /** Whether a correct reader must get this telegram; one that need not may survive all the same (a doubled frame). */
  readable: boolean;
}

export interface TelegramPlace {
  seed: number;
  frameCounter: number;
  /** The first telegram after switching on. */
  first: boolean;
}

const PAUSE_MS = 1_600;
const STUCK_MASKS = [0x80, 0xc0, 0xf0] as const;
const LOST_BYTES_MAX = 8;

/** Sends the frames of one telegram through a faulty line; the same place always has the same faults. */
export function applyFaults(
  frames: readonly Uint8Array[],
  options: FaultOptions,
  place: TelegramPlace,
): Wire {
  const random = (stream: number): number => uniform(place.seed, place.frameCounter, stream);
  const wire: Wire = { pieces: frames.map((bytes) => ({ pauseMs: 0, bytes })), faults: [], readable: true };
  if (options.wrappedLength) wire.faults.push("wrappedLength");
  if (random(71) < (options.duplicateFrame ?? 0)) duplicateFrame(wire);
  if (random(72) < (options.pauseBetweenSegments ?? 0)) pause(wire);
  if (random(73) < (options.lostBytes ?? 0)) loseBytes(wire, random);
  if (random(74) < (options.stuckBits ?? 0)) stickBits(wire, random);
  if (options.startMidTelegram && place.first) cutStart(wire, random);
  if (options.trailingZeros) addZeros(wire, options.trailingZeros);
  return wire;
}

function duplicateFrame(wire: Wire): void {
  const [first] = wire.pieces;
  if (!first) return;
  wire.pieces.unshift(first);
  wire.faults.push("duplicateFrame");
}

function pause(wire: Wire): void {
  const last = wire.pieces.pop();
  if (!last) return;
  const segmented = wire.pieces.length > 0;
  wire.pieces.push(segmented ? { ...last, pauseMs: PAUSE_MS } : last);
  if (segmented) spoil(wire, "pauseBetweenSegments");
}

function loseBytes(wire: Wire, random: (stream: number) => number): void {
  const piece = Math.floor(random(81) * wire.pieces.length);
  const { bytes, pauseMs } = wire.pieces[piece] ?? { bytes: Buffer.alloc(0), pauseMs: 0 };
  const count = 1 + Math.floor(random(82) * LOST_BYTES_MAX);
  const start = Math.floor(random(83) * (bytes.length - count));
  const rest = Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + count)]);
  wire.pieces[piece] = { pauseMs, bytes: rest };
  spoil(wire, "lostBytes");
}

function stickBits(wire: Wire, random: (stream: number) => number): void {
  const piece = Math.floor(random(84) * wire.pieces.length);
  const { bytes, pauseMs } = wire.pieces[piece] ?? { bytes: Buffer.alloc(0), pauseMs: 0 };
  const mask = STUCK_MASKS[Math.floor(random(85) * STUCK_MASKS.length)] ?? 0x80;
  const start = Math.floor(random(86) * bytes.length * 0.8);
  const stuck = bytes.map((byte, index) => (index < start ? byte : byte | mask));
  wire.pieces[piece] = { pauseMs, bytes: stuck };
  spoil(wire, "stuckBits");
}

function cutStart(wire: Wire, random: (stream: number) => number): void {
  const [first, ...rest] = wire.pieces;
  if (!first) return;
  const cut = 1 + Math.floor(random(87) * (first.bytes.length - 1));
  wire.pieces = [{ ...first, bytes: first.bytes.subarray(cut) }, ...rest];
  spoil(wire, "startMidTelegram");
}

function addZeros(wire: Wire, count: number): void {
  wire.pieces.push({ pauseMs: 0, bytes: new Uint8Array(count) });
  wire.faults.push("trailingZeros");
}

function spoil(wire: Wire, fault: FaultName): void {
  wire.faults.push(fault);
  wire.readable = false;
}

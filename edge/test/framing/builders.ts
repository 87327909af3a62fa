import { crc16X25 } from "../../src/framing/crc16.ts";
import type { Frame, FrameFormat } from "../../src/framing/frame.ts";
import { FrameScanner } from "../../src/framing/frame-scanner.ts";

export const concat = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

/** A wired M-Bus long frame; the length field is cut to one byte, as some firmware does. */
export function mbus(
  controlInformation: number,
  apdu: readonly number[],
  addresses = [0x01, 0x67],
): Uint8Array {
  const content = [0x53, 0xff, controlInformation, ...addresses, ...apdu];
  const length = content.length & 0xff;
  const checksum = content.reduce((sum, byte) => sum + byte, 0) & 0xff;
  return Uint8Array.of(0x68, length, length, 0x68, ...content, checksum, 0x16);
}

const littleEndian = (value: number): number[] => [value & 0xff, value >> 8];

/** An HDLC frame between two flags. */
export function hdlc(
  information: readonly number[],
  { segmented = false, addresses = [0xcf, 0x13] } = {},
): Uint8Array {
  const header = 2 + addresses.length + 1 + 2;
  const length = header + (information.length === 0 ? 0 : information.length + 2);
  const format = 0xa000 | (segmented ? 0x0800 : 0) | length;
  const start = Uint8Array.of(format >> 8, format & 0xff, ...addresses, 0x13);
  const head = concat(start, littleEndian(crc16X25(start, 0, start.length)));
  const body = concat(head, information);
  const check = information.length === 0 ? [] : littleEndian(crc16X25(body, 0, body.length));
  return concat([0x7e], body, check, [0x7e]);
}

export function sml(body: readonly number[], { swapped = false, padding = 0 } = {}): Uint8Array {
  const start = [0x1b, 0x1b, 0x1b, 0x1b, 1, 1, 1, 1, ...body, 0x1b, 0x1b, 0x1b, 0x1b, 0x1a, padding];
  const crc = littleEndian(crc16X25(Uint8Array.from(start), 0, start.length));
  return concat(start, swapped ? crc.toReversed() : crc);
}

export interface Scanned {
  frames: Frame[];
  damaged: number;
  discarded: number;
}

export function scan(formats: readonly FrameFormat[], chunks: readonly Uint8Array[]): Scanned {
  const scanned: Scanned = { frames: [], damaged: 0, discarded: 0 };
  const sink = {
    frame: (frame: Frame): void => void scanned.frames.push(frame),
    damaged: (): void => void scanned.damaged++,
    discarded: (count: number): void => void (scanned.discarded += count),
  };
  const scanner = new FrameScanner(formats);
  for (const chunk of chunks) scanner.push(chunk, sink);
  scanner.flush(sink);
  return scanned;
}

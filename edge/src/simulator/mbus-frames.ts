import { ByteWriter } from "./byte-writer.ts";

const START = 0x68;
const STOP = 0x16;
const SEND_USER_DATA = 0x53;
const BROADCAST = 0xff;
const LAST_SEGMENT = 0x10;
const SOURCE_ACCESS_POINT = 0x01;
const DESTINATION_ACCESS_POINT = 0x67;
const HEADER_BYTES = 5;

/** 250 bytes from C on, so that a frame is exactly 256 bytes. */
const SEGMENT_BYTES = 245;
/** Older Sagemcom firmware: a true length of 257, whose low byte alone is sent (`68 01 01 68`). */
const WRAPPED_SEGMENT_BYTES = 252;

/* long frame => 68 L L 68 C(53) A(FF) CI(sequence | last) STSAP(01) DTSAP(67) data checksum 16 */
export function encodeMbusFrames(apdu: Uint8Array, options: { wrappedLength?: boolean } = {}): Buffer[] {
  const segmentBytes = options.wrappedLength ? WRAPPED_SEGMENT_BYTES : SEGMENT_BYTES;
  const count = Math.max(1, Math.ceil(apdu.length / segmentBytes));
  return Array.from({ length: count }, (_, sequence) =>
    encodeFrame(
      (sequence & 0x0f) | (sequence === count - 1 ? LAST_SEGMENT : 0),
      apdu.subarray(sequence * segmentBytes, (sequence + 1) * segmentBytes),
    ),
  );
}

function encodeFrame(controlInformation: number, data: Uint8Array): Buffer {
  const length = (HEADER_BYTES + data.length) & 0xff;
  const content = new ByteWriter()
    .u8(SEND_USER_DATA)
    .u8(BROADCAST)
    .u8(controlInformation)
    .u8(SOURCE_ACCESS_POINT)
    .u8(DESTINATION_ACCESS_POINT)
    .bytes(data)
    .result();
  const checksum = content.reduce((sum, byte) => (sum + byte) & 0xff, 0);
  return Buffer.concat([Uint8Array.of(START, length, length, START), content, Uint8Array.of(checksum, STOP)]);
}

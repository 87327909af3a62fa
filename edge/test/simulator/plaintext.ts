import { createDecipheriv } from "node:crypto";

/** Reads a telegram back by fixed offsets, as the operators' documents do: no code shared with emulator or decoder. */
export function plaintextOf(bytes: Uint8Array, keyHex: string): Buffer {
  const apdu = joinFrames(Buffer.from(bytes));
  const headerBytes = apdu[10] === 0x82 ? 13 : apdu[10] === 0x81 ? 12 : 11;
  const start = Buffer.concat([
    apdu.subarray(2, 10),
    apdu.subarray(headerBytes + 1, headerBytes + 5),
    Buffer.from([0, 0, 0, 2]),
  ]);
  return createDecipheriv("aes-128-ctr", Buffer.from(keyHex, "hex"), start).update(
    apdu.subarray(headerBytes + 5),
  );
}

function joinFrames(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt8(at + 1);
    const content = bytes.subarray(at + 4, at + 4 + length);
    const sum = content.reduce((total, byte) => (total + byte) & 0xff, 0);
    if (bytes[at + 4 + length] !== sum || bytes[at + 5 + length] !== 0x16)
      throw new Error(`bad frame at ${at}`);
    parts.push(content.subarray(5));
    at += length + 6;
  }
  return Buffer.concat(parts);
}

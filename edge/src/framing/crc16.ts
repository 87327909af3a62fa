function table(polynomial: number): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ polynomial;
    return crc;
  });
}

/** Both CRCs run from the least significant bit, so their polynomials stand mirrored. */
const X25 = table(0x8408);
const ARC = table(0xa001);

function run(steps: Uint16Array, bytes: Uint8Array, start: number, end: number, initial: number): number {
  let crc = initial;
  for (let index = start; index < end; index++)
    crc = (crc >>> 8) ^ (steps[(crc ^ (bytes[index] as number)) & 0xff] as number);
  return crc;
}

/** CRC-16/X-25 of `bytes[start, end)`: HDLC and SML. */
export const crc16X25 = (bytes: Uint8Array, start: number, end: number): number =>
  run(X25, bytes, start, end, 0xffff) ^ 0xffff;

/** CRC-16/ARC of `bytes[start, end)`: DSMR. */
export const crc16Arc = (bytes: Uint8Array, start: number, end: number): number =>
  run(ARC, bytes, start, end, 0);

/** Class (2 bytes), logical name (6), attribute (1). */
export const BARE_DESCRIPTOR_BYTES = 9;

/** What each byte of a descriptor can be. */
const POSSIBLE: readonly ((byte: number) => boolean)[] = [
  (classHigh) => classHigh === 0,
  (classLow) => classLow > 0,
  (medium) => medium <= 1,
  () => true,
  () => true,
  () => true,
  () => true,
  (group) => group === 0xff,
  (attribute) => attribute > 0 && attribute < 16,
];

/**
 * Czech meters (CEZ and EG.D, XT211) write structures of two whose first element is a descriptor without any tags:
 * class, OBIS code, attribute. A conformant element cannot begin so: 00 is null, and what follows would be a tag.
 * `maybe`: the bytes end within it.
 */
export function isBareDescriptor(bytes: Uint8Array, at: number, end: number): boolean | "maybe" {
  const seen = bytes.subarray(at, Math.min(end, at + BARE_DESCRIPTOR_BYTES));
  if (!seen.every((byte, index) => POSSIBLE[index]?.(byte) === true)) return false;
  return seen.length === BARE_DESCRIPTOR_BYTES || "maybe";
}

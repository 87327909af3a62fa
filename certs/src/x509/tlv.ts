import { readDer, type DerValue } from "@smp/schemas";

export type Tlv = DerValue<Buffer>;

/** Reads one DER value that fills the bytes to their end. */
export function readOne(bytes: Buffer): Tlv {
  const [value, ...others] = readDer(bytes);
  if (!value || others.length > 0) throw new RangeError("not one DER value");
  return value;
}

/** The values inside a constructed value with this tag. */
export function readParts(value: Tlv | undefined, tag: number): Tlv[] {
  if (value?.tag !== tag) throw new RangeError(`no value with tag 0x${tag.toString(16)}`);
  return readDer(value.content);
}

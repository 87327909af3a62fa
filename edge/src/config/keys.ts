import { PlatformError } from "@smp/schemas";
import type { SecretSource } from "./meter-config.ts";
import { readPrivateFile } from "./private-file.ts";

/**
 * A key as 32 hex digits, however it was pasted: with blanks, colons, commas, quotes or 0x, or as the hex of the hex, as
 * some operators print it. The message does not repeat it: messages end up in logs and in questions to others.
 */
export function hexDigits(text: string, where: string): string {
  const pasted = text.replace(/0x|[\s:,"'-]/gi, "");
  const hex = /^[0-9a-f]{64}$/i.test(pasted) ? Buffer.from(pasted, "hex").toString("latin1") : pasted;
  if (!/^[0-9a-f]{32}$/i.test(hex))
    throw new PlatformError(
      "key-form",
      `the key in ${where} must be 32 hex digits (16 bytes); it has ${pasted.length} characters, or others than 0-9 and A-F`,
    );
  return hex.toLowerCase();
}

/** The key of a meter that is read: a placeholder is none. */
export function parseKey(text: string, where: string): string {
  const hex = hexDigits(text, where);
  const bytes = Buffer.from(hex, "hex");
  const counting = bytes.every((byte, position) => byte === position);
  if (counting || /^(00|ff)+$/.test(hex))
    throw new PlatformError(
      "key-trivial",
      `the key in ${where} is a placeholder: ask the grid operator for this meter's own key`,
    );
  return hex;
}

export async function loadKey(source: SecretSource | undefined): Promise<string | undefined> {
  if (!source) return undefined;
  if ("hex" in source) return parseKey(source.hex, "--key");
  const bytes = await readPrivateFile(source.file, "a meter's key");
  try {
    return parseKey(bytes.toString("latin1"), source.file);
  } finally {
    bytes.fill(0);
  }
}

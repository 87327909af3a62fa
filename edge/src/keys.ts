import { PlatformError } from "@smp/schemas";
import type { SecretSource } from "./config.ts";
import { readPrivateFile } from "./private-file.ts";

const KEY_BYTES = 16;

/**
 * A meter key as 32 hex digits. People paste them with blanks, colons, quotes or 0x; operators also print the 16
 * characters themselves, and then their hex twice over.
 */
export function parseKey(text: string, where: string): string {
  const hex = text
    .trim()
    .replace(/^["']|["']$/g, "")
    .replace(/0x|[\s:,-]/gi, "")
    .toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(hex))
    throw new PlatformError(
      "key-form",
      `the key in ${where} must be ${KEY_BYTES * 2} hex digits (${KEY_BYTES} bytes); it has ${hex.length} characters`,
    );
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

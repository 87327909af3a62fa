import { PlatformError } from "@smp/schemas";
import type { SecretSource } from "./config.ts";
import { readPrivateFile } from "./private-file.ts";

const KEY_BYTES = 16;

/**
 * A meter key as 32 hex digits, however it was pasted: with blanks, colons, commas, quotes or 0x, or as the hex of the
 * hex, as some operators print it.
 */
export function parseKey(text: string, where: string): string {
  const hex = text
    .trim()
    .replace(/^["']|["']$/g, "")
    .replace(/0x|[\s:,-]/gi, "")
    .toLowerCase();
  const twice = hex.length === 64 ? Buffer.from(hex, "hex").toString("latin1") : "";
  if (/^[0-9a-fA-F]{32}$/.test(twice)) return parseKey(twice, where);
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

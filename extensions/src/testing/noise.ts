import { MESSAGE_BYTES_MAX } from "@smp/schemas";

/** Payloads that no device means, and that come all the same. */
export function noise(): [string, Uint8Array][] {
  return [
    ["no bytes", new Uint8Array()],
    ["one zero", new Uint8Array(1)],
    ["bytes that are no UTF-8", Uint8Array.from({ length: 64 }, (_, index) => (index * 37 + 128) % 256)],
    ["16 KiB of noise", Uint8Array.from({ length: MESSAGE_BYTES_MAX }, (_, index) => (index * 7919) % 256)],
    ["the text null", Buffer.from("null")],
    ["an empty JSON object", Buffer.from("{}")],
    ["a JSON list of lists", Buffer.from("[[],[null],[1]]")],
    ["a JSON text", Buffer.from('"online"')],
    ["deep JSON", Buffer.from(`${"[".repeat(5_000)}${"]".repeat(5_000)}`)],
    ["JSON with keys that mean something else", Buffer.from('{"__proto__":{"a":1},"constructor":1}')],
  ];
}

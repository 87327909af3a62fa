import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { replayTransport } from "../../src/transport/replay.ts";
import { collect } from "./support.ts";

const fixtures = fileURLToPath(new URL("../fixtures/telegrams/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "replay-"));
afterAll(() => rmSync(folder, { recursive: true }));

const replay = (content: string | Buffer): Promise<Buffer> => {
  const file = join(folder, "capture");
  writeFileSync(file, content);
  return collect(replayTransport(file));
};

describe("every vector is replayed from its JSON, as hex and as bytes", () => {
  const names = readdirSync(fixtures).filter((name) => name.endsWith(".json"));

  test("there are vectors", () => expect(names.length).toBeGreaterThan(30));

  test.each(names)("%s", async (name) => {
    const vector = JSON.parse(readFileSync(join(fixtures, name), "utf8")) as {
      frames_hex?: string;
      text?: string;
    };
    const expected =
      vector.frames_hex === undefined
        ? Buffer.from(vector.text ?? "", "latin1")
        : Buffer.from(vector.frames_hex, "hex");
    expect(expected.length).toBeGreaterThan(0);
    expect(await collect(replayTransport(join(fixtures, name)))).toEqual(expected);
    expect(await replay(expected)).toEqual(expected);
    expect(await replay(expected.toString("hex").replaceAll(/(.{32})/g, "$1\n"))).toEqual(expected);
  });
});

test.each([
  ["blanks, both line ends and comments", "# line 1: a comment, face\r\n68 FA\tfa 68 # DB\n\n  16\r\n"],
  // `smp decode` read these, and a replay took them for bytes without a telegram.
  ["separators, 0x and a byte order mark", "\uFEFF# line 1\n0x68, 0xFA, 0xfa, 0x68, 0x16"],
])("hex may have %s", async (_, content) => {
  expect((await replay(content)).toString("hex")).toBe("68fafa6816");
});

test.each([
  ["half a byte", "68 FA\n6", "the capture has an odd number of hex digits"],
  ["what is none", `${"68 ".repeat(8_000)}zz`, 'character 24001 of the capture, "z", is no hex digit'],
])("hex with %s is refused with its place", async (_, content, message) => {
  await expect(replay(content)).rejects.toThrow(message);
});

test("JSON that is no vector, and a file that is missing, are named", async () => {
  await expect(replay("{}")).rejects.toThrow(/capture: it is JSON, but has neither "frames_hex" nor "text"/);
  await expect(collect(replayTransport(join(folder, "none")))).rejects.toThrow(/none.*no such file/);
});

test("a large capture comes in chunks of at most 64 KiB, whole", async () => {
  const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) & 0xff));
  for (const written of [content, content.toString("hex")]) {
    const file = join(folder, "large");
    writeFileSync(file, written);
    const chunks: Uint8Array[] = [];
    for await (const chunk of replayTransport(file).bytes(new AbortController().signal)) chunks.push(chunk);
    expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThanOrEqual(64 * 1024);
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
  }
});

test("an abort ends a replay between two chunks", async () => {
  const file = join(folder, "abort");
  writeFileSync(file, Buffer.alloc(100_000));
  const stop = new AbortController();
  let bytes = 0;
  for await (const chunk of replayTransport(file).bytes(stop.signal)) {
    bytes += chunk.length;
    stop.abort();
  }
  expect(bytes).toBe(16 * 1024);
});

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { replayTransport, type ReplayTransportOptions } from "../../src/transport/replay.ts";
import { collect, testClock } from "./support.ts";

const fixtures = fileURLToPath(new URL("../fixtures/telegrams/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "replay-"));
afterAll(() => rmSync(folder, { recursive: true }));

const replay = (content: string | Buffer, options: Partial<ReplayTransportOptions> = {}): Promise<Buffer> => {
  const file = join(folder, "capture");
  writeFileSync(file, content);
  return collect(replayTransport({ file, ...options }));
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
    expect(await collect(replayTransport({ file: join(fixtures, name) }))).toEqual(expected);
    expect(await replay(expected)).toEqual(expected);
    expect(await replay(expected.toString("hex").replaceAll(/(.{32})/g, "$1\n"))).toEqual(expected);
  });
});

test("hex may have blanks, both line ends and comments", async () => {
  expect((await replay("# line 1: a comment, face\r\n68 FA\tfa 68 # DB\n\n  16\r\n")).toString("hex")).toBe(
    "68fafa6816",
  );
});

test.each([
  ["68 FA\n6", "the telegram up to line 2 has an odd number"],
  ["68\nFA zz", '"z" up to line 2 is no hex digit'],
])("hex %j is refused with its place", async (content, message) => {
  await expect(replay(content, { format: "hex" })).rejects.toThrow(message);
});

test("JSON that is no vector, and a file that is missing, are named", async () => {
  await expect(replay("{}")).rejects.toThrow(/capture: it is JSON, but has neither "frames_hex" nor "text"/);
  await expect(collect(replayTransport({ file: join(folder, "none") }))).rejects.toThrow(
    /none.*no such file/,
  );
});

test("a large capture comes in chunks of at most 64 KiB, whole", async () => {
  const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) & 0xff));
  for (const written of [content, content.toString("hex")]) {
    const file = join(folder, "large");
    writeFileSync(file, written);
    const chunks: Uint8Array[] = [];
    for await (const chunk of replayTransport({ file }).bytes(new AbortController().signal))
      chunks.push(chunk);
    expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThanOrEqual(64 * 1024);
    expect(Buffer.concat(chunks)).toEqual(content);
  }
});

test("real pacing: line speed, and five seconds from telegram to telegram", async () => {
  const clock = testClock(0);
  const file = join(folder, "paced");
  const telegram = "68".repeat(96);
  writeFileSync(file, `${telegram}\n\n${telegram}\n`);
  const arrivals: number[] = [];
  for await (const chunk of replayTransport({ file, pacing: "real", clock }).bytes(
    new AbortController().signal,
  ))
    arrivals.push(clock.now() + 0 * chunk.length);
  const piece = (32 * 11_000) / 2400;
  [piece, 2 * piece, 3 * piece, 5000 + piece, 5000 + 2 * piece, 5000 + 3 * piece].forEach((ms, index) =>
    expect(arrivals[index]).toBeCloseTo(ms, 3),
  );
  expect(arrivals).toHaveLength(6);
});

test("an abort ends a replay in real pacing at once", async () => {
  const file = join(folder, "abort");
  writeFileSync(file, `6868\n\n6868\n`);
  const stop = new AbortController();
  const began = performance.now();
  let bytes = 0;
  for await (const chunk of replayTransport({ file, pacing: "real" }).bytes(stop.signal)) {
    bytes += chunk.length;
    stop.abort();
  }
  expect(bytes).toBe(2);
  expect(performance.now() - began).toBeLessThan(500);
});

import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterAll, describe, expect, test } from "vitest";
import { createMeterDecoder } from "../../src/meter/decoder.ts";
import type { Telegram } from "../../src/meter/telegram.ts";
import { simulateCommand } from "../../src/commands/simulate.ts";
import { keyOfSeed } from "../../src/commands/simulate-flags.ts";

const folder = mkdtempSync(join(tmpdir(), "simulate-"));
afterAll(() => rmSync(folder, { recursive: true }));
const hour = ["--from", "2026-06-21T10:00:00Z", "--to", "2026-06-21T11:00:00Z", "--interval", "60"];

interface Run {
  output: Buffer;
  messages: string;
}

/** Runs the command as a shell does; `onMessage` hears its messages while it runs. */
async function simulate(
  args: string[],
  onMessage: (text: string) => void = () => undefined,
  signal?: AbortSignal,
): Promise<Run> {
  const chunks: Buffer[] = [];
  const messages: string[] = [];
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  const command = simulateCommand({
    output,
    messages: {
      write(text: string) {
        messages.push(text);
        onMessage(text);
      },
    },
    ...(signal && { signal }),
  }).exitOverride();
  command.configureOutput({ writeErr: (text) => messages.push(text) });
  await command.parseAsync(args, { from: "user" });
  return { output: Buffer.concat(chunks), messages: messages.join("") };
}

/** Each telegram in a chunk of its own time, as the decoder meets them on a line. */
function decode(bytes: Buffer, key: string): Telegram[] {
  const decoder = createMeterDecoder({ key: Buffer.from(key, "hex") });
  return [...decoder.push(bytes, Date.UTC(2026, 5, 21)), ...decoder.flush()].flatMap((event) =>
    event.kind === "telegram" ? [event.telegram] : [],
  );
}

test("a span of time goes to standard output, and its key to the messages", async () => {
  const { output, messages } = await simulate(hour);
  const key = /key ([0-9a-f]{32})/.exec(messages)?.[1] ?? "";
  expect(key).toBe(keyOfSeed(1));
  expect(messages).toContain("60 telegrams");
  const telegrams = decode(output, key);
  expect(telegrams).toHaveLength(60);
  expect(telegrams[0]?.time).toBe("2026-06-21T12:00:00+02:00");
});

test("hex is the same telegrams, one a paragraph", async () => {
  const { output } = await simulate(hour);
  const hex = (await simulate([...hour, "--hex"])).output.toString();
  expect(hex.trim().split("\n\n")).toHaveLength(60);
  expect(Buffer.from(hex.replaceAll(/\s/g, ""), "hex")).toEqual(output);
});

test("every option reaches the meter", async () => {
  const key = "0123456789abcdef0123456789abcdef";
  const { output } = await simulate([
    ...hour,
    "--dialect=netz-noe",
    "--meter-serial=77",
    `--key=${key}`,
    "--pv=9",
    "--count=3",
    "--connected-phases=1",
    "--clock-offset=60",
    "--doubtful-clock",
    "--wrapped-length",
    "--trailing-zeros=2",
  ]);
  expect(output.subarray(0, 4).toString("hex")).toBe("68010168");
  const telegrams = decode(output, key);
  expect(telegrams.map(({ time, meter }) => [time, meter])).toEqual([
    ["2026-06-21T12:01:00+02:00", "181220000077"],
    ["2026-06-21T12:02:00+02:00", "181220000077"],
    ["2026-06-21T12:03:00+02:00", "181220000077"],
  ]);
  expect(telegrams[0]?.registers["1-0:2.7.0"]?.value).toBeGreaterThan(1000);
  expect(telegrams[0]?.registers["1-0:52.7.0"]?.value).toBe(0);
});

test("to a file; and with a state a later run goes on", async () => {
  const file = join(folder, "telegrams.bin");
  const state = join(folder, "state.json");
  await simulate([...hour, "--file", file, "--state", state]);
  const first = decode(readFileSync(file), keyOfSeed(1));
  const next = ["--from", "2026-06-21T11:00:00Z", "--interval", "60", "--count", "2"];
  await simulate([...next, "--file", file, "--state", state]);
  const second = decode(readFileSync(file), keyOfSeed(1));
  const last = first.at(-1);
  expect(second[0]?.frameCounter).toBe((last?.frameCounter ?? 0) + 1);
  expect(second[0]?.registers["1-0:1.8.0"]?.value).toBeGreaterThanOrEqual(
    last?.registers["1-0:1.8.0"]?.value ?? Number.NaN,
  );
});

test("over TCP a client hears the telegrams from the first on", async () => {
  const received: Buffer[] = [];
  let ended: Promise<unknown> = Promise.resolve();
  const { messages } = await simulate([...hour, "--listen", "0"], (text) => {
    const port = /tcp 127\.0\.0\.1:(\d+)/.exec(text)?.[1];
    if (port === undefined) return;
    const client = connect(Number(port), "127.0.0.1").on("data", (chunk) => received.push(chunk));
    ended = once(client, "close");
  });
  await ended;
  expect(messages).toContain("60 telegrams");
  expect(decode(Buffer.concat(received), keyOfSeed(1))).toHaveLength(60);
});

test("a signal ends a meter that runs in real time", async () => {
  const stop = new AbortController();
  const began = performance.now();
  const { messages } = await simulate(
    ["--interval", "3600"],
    () => setImmediate(() => stop.abort()),
    stop.signal,
  );
  expect(messages).toContain("0 telegrams");
  expect(performance.now() - began).toBeLessThan(2000);
});

test("a reader that closes the pipe ends the meter without an error", async () => {
  const output = new Writable({
    write(_chunk, _encoding, done) {
      done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
    },
  });
  const messages: string[] = [];
  const command = simulateCommand({ output, messages: { write: (text: string) => messages.push(text) } });
  await command.parseAsync(hour, { from: "user" });
  expect(messages.join("")).toMatch(/\d+ telegrams/);
});

describe("what cannot be is named", () => {
  test.each([
    [["--from", "2026-06-21 10:00"], /like 2026-03-29T01:00:00Z/],
    [["--pv", "-3"], /from 0 to 100/],
    [["--lost-bytes", "2"], /from 0 to 1/],
    [["--swap-at", "2026-06-21T10:00:00Z"], /--swap-at needs --swap-serial too/],
    [["--key", "abc"], /key must be 32 hex digits/],
    [["--file", "a", "--listen", "0"], /only one of/],
    [["--state", "."], /is no simulator state/],
  ])("%j", async (args, message) => {
    await expect(simulate([...args, "--count", "1", "--pace", "fast"])).rejects.toThrow(message);
  });
});

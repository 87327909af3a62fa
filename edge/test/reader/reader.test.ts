import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { DecodeFault, DecoderEvent, MeterDecoder, Telegram } from "../../src/meter/telegram.ts";
import type { EdgeReading } from "../../src/publisher/message.ts";
import { MeterReader } from "../../src/reader/reader.ts";
import { isClockSet } from "../../src/commands/clock-set.ts";
import { createSelection } from "../../src/reader/selection.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { eventually } from "../eventually.ts";
import { scratch } from "../journal/scratch.ts";
import { logLines } from "../publisher/log-lines.ts";

const T = Date.UTC(2026, 5, 1, 12, 0, 0);

const telegram = (
  t: number | null,
  registers: Telegram["registers"] = {
    "1-0:1.8.0": { value: 1, unit: "kWh" },
    "1-0:1.7.0": { value: 413, unit: "W" },
  },
): DecoderEvent => ({
  kind: "telegram",
  telegram: {
    protocol: "mbus",
    profile: "test",
    meter: "1KFM0200123456",
    time: null,
    t,
    frameCounter: null,
    systemTitle: null,
    registers,
    texts: {},
  } as Telegram,
});
const fault = (code: DecodeFault["code"], message: string): DecoderEvent => ({
  kind: "fault",
  fault: { code, message },
});

/** One byte a chunk; byte n stands for the n-th list of events. */
function scripted(script: DecoderEvent[][]): {
  transport: Transport;
  decoder: MeterDecoder;
  silences: () => number;
} {
  let silences = 0;
  return {
    transport: {
      name: "scripted",
      async *bytes(signal) {
        for (let index = 0; index < script.length && !signal.aborted; index++) yield Uint8Array.of(index);
      },
    },
    decoder: {
      push(chunk) {
        if (chunk.length === 0) silences++;
        return chunk[0] === undefined ? [] : (script[chunk[0]] ?? []);
      },
      flush: () => [],
      stats: { bytes: 0, discardedBytes: 0, frames: 0, badChecksums: 0, telegrams: 0, missed: 0 },
    },
    silences: () => silences,
  };
}

async function read(
  script: DecoderEvent[][],
  options: Partial<ConstructorParameters<typeof MeterReader>[0]> = {},
  nowMs = T,
) {
  const { log, lines } = logLines();
  const kept: EdgeReading[] = [];
  const reader = new MeterReader(
    { name: "main", intervalSeconds: 0, isReplay: false, ...options },
    { log, ...scripted(script), now: () => nowMs, keep: async (reading) => void kept.push(reading) },
  );
  await reader.run(new AbortController().signal);
  return { reader, lines, kept };
}

afterEach(() => vi.useRealTimers());

test("telegrams become readings in the platform's units; the newest one can be asked for", async () => {
  const { reader, kept } = await read([
    [telegram(T - 5_000)],
    [telegram(T, { "1-0:1.8.0": { value: 12.345, unit: "kWh" } })],
  ]);
  expect(kept).toEqual([
    { t: T - 5_000, m: "1KFM0200123456", r: { "1-0:1.8.0": 1_000, "1-0:1.7.0": 413 } },
    { t: T, m: "1KFM0200123456", r: { "1-0:1.8.0": 12_345 } },
  ]);
  expect([...reader.latest.values()]).toEqual([
    { t: T, m: "1KFM0200123456", r: { "1-0:1.8.0": 12_345 }, received: T },
  ]);
  expect(reader.stats).toMatchObject({ ended: true, problem: undefined });
});

test("a telegram without a time gets this machine's, unless its clock is not set yet", async () => {
  expect((await read([[telegram(null)]])).kept[0]?.t).toBe(T);
  expect((await read([[telegram(null)]], {}, Date.UTC(1970, 0, 2))).kept[0]).not.toHaveProperty(
    "t",
    expect.any(Number),
  );
});

describe("telegrams without a time, at the boot of a computer that has no clock of its own", () => {
  /** Two telegrams an hour and more before the present by a clock that is then set, or never. */
  async function boot(isSetAfter: number): Promise<{ times: number[]; lines: string[] }> {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
    const { log, lines } = logLines();
    const kept: EdgeReading[] = [];
    const stop = new AbortController();
    let [nowMs, isSet] = [T - 3_600_000, false];
    const { decoder } = scripted([[telegram(null)], [telegram(null)], [telegram(T)]]);
    const transport: Transport = {
      name: "scripted",
      async *bytes(signal) {
        yield Uint8Array.of(0);
        yield Uint8Array.of(2); // one that has a time does not wait
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      },
    };
    const reader = new MeterReader(
      { name: "main", intervalSeconds: 0, isReplay: false },
      {
        log,
        transport,
        decoder,
        now: () => nowMs,
        isClockSet: () => isSet,
        keep: async (reading) => void kept.push(reading),
      },
    );
    const running = reader.run(stop.signal);
    await eventually(() => expect(kept).toHaveLength(1));
    for (let second = 0; second < 200 && kept.length < 2; second++) {
      nowMs += 1_000;
      if (second === isSetAfter) [nowMs, isSet] = [T + second * 1_000, true];
      await vi.advanceTimersByTimeAsync(1_000);
    }
    stop.abort();
    await running;
    // To the second: the wait for the first reading lets the clock of ages go on by some milliseconds.
    return { times: kept.map(({ t = 0 }) => Math.round(t / 1_000) * 1_000), lines };
  }

  test("wait for the time, and get that at which they came", async () => {
    const { times, lines } = await boot(40);
    expect(times).toEqual([T, T - 1_000]);
    expect(lines.filter((line) => line.includes("not set yet"))).toHaveLength(1);
  });

  test("get the clock's time as it is after three minutes: a network may not come for weeks", async () => {
    const { times } = await boot(Infinity);
    expect(times).toEqual([T, T - 3_600_000]);
  });
});

test("only timesyncd says that the clock is not set yet", async () => {
  const folder = await scratch();
  expect(isClockSet(join(folder, "timesync"))).toBe(true);
  expect(isClockSet(folder)).toBe(false);
  await writeFile(join(folder, "synchronized"), "");
  expect(isClockSet(folder)).toBe(true);
});

describe("a list that does not name its meter", () => {
  const power = (t: number): DecoderEvent => {
    const event = telegram(t, { "1-0:1.7.0": { value: 413, unit: "W" } });
    return event.kind === "telegram" ? { ...event, telegram: { ...event.telegram, meter: null } } : event;
  };

  test("is the one's that another list on the line names, whichever comes first", async () => {
    const { kept, reader } = await read([
      [power(T - 8_000)],
      [power(T - 6_000)],
      [telegram(T)],
      [power(T + 2_000)],
    ]);
    expect(kept.map(({ t, m }) => [t, m])).toEqual(
      [T - 8_000, T - 6_000, T, T + 2_000].map((t) => [t, "1KFM0200123456"]),
    );
    expect([...reader.latest.keys()]).toEqual(["1KFM0200123456"]);
  });

  test("is the device's own where none is named, soon and at the end", async () => {
    const times = Array.from({ length: 12 }, (_, index) => T + index * 2_000);
    for (const count of [12, 3]) {
      const { kept } = await read(times.slice(0, count).map((t) => [power(t)]));
      expect(kept).toEqual(times.slice(0, count).map((t) => ({ t, m: undefined, r: { "1-0:1.7.0": 413 } })));
    }
  });
});

test("a fault is counted, shown as the meter's problem, and logged once a minute", async () => {
  const wrongKey = fault("wrong-key", "the key is wrong: ask the operator");
  const { reader, lines } = await read([[wrongKey, wrongKey], [wrongKey]]);
  expect(reader.stats.faults).toEqual({ "wrong-key": 3 });
  expect(reader.stats.problem).toBe("the key is wrong: ask the operator");
  expect(lines.filter((line) => line.includes("the key is wrong"))).toHaveLength(1);
  expect((await read([[wrongKey], [telegram(T)]])).reader.stats.problem).toBeUndefined();
});

test("a meter clock that is off is said once, but not for a capture", async () => {
  const old = [[telegram(T - 3_600_000)], [telegram(T - 3_595_000)]];
  expect((await read(old)).lines.filter((line) => line.includes("3600 s behind"))).toHaveLength(1);
  expect((await read(old, { isReplay: true })).lines.some((line) => line.includes("behind"))).toBe(false);
});

test("a port that stays silent for a minute is reported with what to look at, and again when it speaks", async () => {
  vi.useFakeTimers();
  const { log, lines } = logLines();
  const { decoder, silences } = scripted([[telegram(T)]]);
  let speak: (() => void) | undefined;
  const transport: Transport = {
    name: "serial /dev/ttyUSB0",
    async *bytes(signal) {
      yield Uint8Array.of(9);
      await new Promise<void>((resolve) => (speak = resolve));
      yield Uint8Array.of(0);
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    },
  };
  const stop = new AbortController();
  const reader = new MeterReader(
    { name: "main", intervalSeconds: 0, isReplay: false },
    { log, transport, decoder, now: () => T, keep: async () => undefined },
  );
  const running = reader.run(stop.signal);
  await vi.advanceTimersByTimeAsync(59_000);
  expect(reader.stats.problem).toBeUndefined();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(reader.stats.problem).toMatch(
    /no byte from serial \/dev\/ttyUSB0 .* activated .* cable .* polarity/,
  );
  await vi.advanceTimersByTimeAsync(120_000);
  expect(lines.filter((line) => line.includes("no byte from"))).toHaveLength(1);
  expect(silences()).toBeGreaterThan(0); // time passed for the decoder too
  speak?.();
  await vi.advanceTimersByTimeAsync(10);
  expect(lines).toContain("the port is no longer silent");
  expect(reader.stats.problem).toBeUndefined();
  stop.abort();
  await running;
});

test("a disk that does not answer holds up a capture, but not a meter", async () => {
  const never = new Promise<void>(() => undefined);
  const script = [[telegram(T)], [telegram(T + 5_000)], [telegram(T + 10_000)]];
  const run = (isReplay: boolean, kept: EdgeReading[]): Promise<void> =>
    new MeterReader(
      { name: "main", intervalSeconds: 0, isReplay },
      {
        log: pino({ level: "silent" }),
        ...scripted(script),
        now: () => T,
        keep: (reading) => (kept.push(reading), never),
      },
    ).run(new AbortController().signal);
  const [live, replay]: EdgeReading[][] = [[], []];
  void run(false, live ?? []);
  void run(true, replay ?? []);
  await eventually(() => expect(live).toHaveLength(3));
  expect(replay).toHaveLength(1);
});

describe("what leaves the house", () => {
  const reading = (t: number, m = "a"): EdgeReading => ({ t, m, r: { "1-0:1.8.0": 1, "1-0:16.7.0": 2 } });

  test("only the registers that were chosen; a reading without any stays", () => {
    const select = createSelection({ registers: ["1-0:1.8.0"], intervalSeconds: 0 });
    expect(select(reading(T), T)?.r).toEqual({ "1-0:1.8.0": 1 });
    expect(select({ r: { "1-0:16.7.0": 2 } }, T)).toBeUndefined();
  });

  test("the first reading in each interval of the clock, for each meter of the line", () => {
    const select = createSelection({ intervalSeconds: 900 });
    const sent: number[] = [];
    for (let t = T - 7_000; t < T + 3_600_000; t += 5_000) if (select(reading(t), t)) sent.push(t - T);
    expect(sent).toEqual([-7_000, 3_000, 903_000, 1_803_000, 2_703_000]);
    expect(select(reading(T + 2_800_000, "b"), T)).toBeDefined();
    expect(select(reading(T + 2_800_000, "a"), T)).toBeUndefined();
  });

  test("of lists that a meter sends in turn the first of each: counters do not stay at home", () => {
    const select = createSelection({ intervalSeconds: 900 });
    const lists = [{ "1-0:1.7.0": 413 }, { "1-0:1.7.0": 413, "1-0:32.7.0": 230 }, { "1-0:1.8.0": 1 }];
    const sent: number[] = [];
    for (let at = 0; at < 12; at++) {
      const index = at % 6 === 5 ? 2 : at % 2;
      const { r } = { r: lists[index] as Record<string, number> };
      if (select({ t: T + at * 10_000, m: "a", r }, T)) sent.push(at);
    }
    expect(sent).toEqual([0, 1, 5]);
    expect(select({ t: T + 900_000, m: "a", r: { "1-0:1.8.0": 2 } }, T)?.r).toEqual({ "1-0:1.8.0": 2 });
  });

  test("a clock that steps back does not stop it", () => {
    const select = createSelection({ intervalSeconds: 900 });
    expect(select(reading(T), T)).toBeDefined();
    expect(select(reading(T - 86_400_000), T)).toBeDefined();
  });
});

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { simulateRange } from "../../src/simulator/simulate-range.ts";
import { simulatedMeter } from "../../src/simulator/simulated-meter.ts";
import { plaintextOf } from "./plaintext.ts";

const key = "000102030405060708090a0b0c0d0e0f";
const noon = Date.UTC(2026, 5, 21, 10, 0, 0);
const hour = 3_600_000;
const day = 24 * hour;

test("the same seed gives the same bytes, another seed others", () => {
  const bytes = (seed: number): string =>
    [...simulateRange({ key, seed, pvKwp: 5, fromMs: noon, toMs: noon + 60_000, stepMs: 5000 })]
      .map((telegram) => Buffer.from(telegram.bytes).toString("hex"))
      .join("\n");
  expect(bytes(7)).toBe(bytes(7));
  expect(bytes(7)).not.toBe(bytes(8));
});

test("frame counter and invoke id count telegrams one by one", () => {
  const meter = simulatedMeter({ key, dialect: "netz-noe" });
  const telegrams = [0, 5, 10, 15].map((seconds) => meter.telegramAt(noon + seconds * 1000));
  const fromFirst = (numbers: number[]): number[] => numbers.map((number) => number - (numbers[0] ?? 0));
  expect(fromFirst(telegrams.map((telegram) => telegram.frameCounter))).toEqual([0, 1, 2, 3]);
  const invokeIds = telegrams.map((telegram) => plaintextOf(telegram.bytes, key).readUInt32BE(1));
  expect(fromFirst(invokeIds)).toEqual([0, 1, 2, 3]);
  expect(invokeIds.map((id) => id >>> 24)).toEqual([0x80, 0x80, 0x80, 0x80]);
});

test("the caller may give the first frame counter", () => {
  const meter = simulatedMeter({ key, firstFrameCounter: 35 });
  expect([meter.telegramAt(noon), meter.telegramAt(noon + 5000)].map((t) => t.frameCounter)).toEqual([
    35, 36,
  ]);
});

test("an instant that is not later is refused, since its frame counter would lie", () => {
  const meter = simulatedMeter({ key });
  meter.telegramAt(noon);
  expect(() => meter.telegramAt(noon)).toThrow(/is not after its last telegram/);
});

describe("a restarted meter", () => {
  const before = simulatedMeter({ key, pvKwp: 5 });
  const last = before.telegramAt(noon);

  test("goes on with its state as if it had never stopped", () => {
    const unbroken = simulatedMeter({ key, pvKwp: 5 });
    unbroken.telegramAt(noon);
    const restarted = simulatedMeter({ key, pvKwp: 5, state: JSON.parse(JSON.stringify(before.state)) });
    expect(restarted.telegramAt(noon + 5000).bytes).toEqual(unbroken.telegramAt(noon + 5000).bytes);
  });

  test("counts the energy and the unheard pushes of the pause", () => {
    const restarted = simulatedMeter({ key, pvKwp: 5, state: before.state! });
    const next = restarted.telegramAt(noon + 8 * hour);
    expect(next.frameCounter).toBe(last.frameCounter + (8 * hour) / 5000);
    expect(next.values.importWh).toBeGreaterThan(last.values.importWh);
    expect(next.values.exportWh).toBeGreaterThan(last.values.exportWh);
  });

  test("without a state, or with one that is too old, never goes back and never reuses a counter", () => {
    const stale = before.state!;
    const running = simulatedMeter({ key, pvKwp: 5, state: stale });
    for (let second = 5; second <= 600; second += 5) running.telegramAt(noon + second * 1000);
    const crashed = running.state!;
    for (const state of [undefined, stale]) {
      const restarted = simulatedMeter({ key, pvKwp: 5, ...(state && { state }) });
      const next = restarted.telegramAt(noon + 605_000);
      expect(next.frameCounter).toBe(crashed.frameCounter + 1);
      expect(restarted.state!.importMillijoules).toBeGreaterThanOrEqual(crashed.importMillijoules);
      expect(restarted.state!.exportMillijoules).toBeGreaterThanOrEqual(crashed.exportMillijoules);
    }
  });
});

describe("physics", () => {
  const house = fc.record({
    seed: fc.integer({ min: 0, max: 2 ** 31 }),
    pvKwp: fc.constantFrom(0, 0.8, 5, 20),
    phases: fc.constantFrom<1 | 3>(1, 3),
    startMs: fc
      .integer({ min: Date.UTC(2025, 0, 1) / 5000, max: Date.UTC(2029, 0, 1) / 5000 })
      .map((n) => n * 5000),
  });

  test("import and export integrate power, exactly and never both at once", () => {
    fc.assert(
      fc.property(house, ({ startMs, ...options }) => {
        const meter = simulatedMeter({ key, ...options, installedAtMs: startMs - hour });
        meter.telegramAt(startMs);
        let before = meter.state!;
        for (let step = 1; step <= 40; step++) {
          const { values } = meter.telegramAt(startMs + step * 5000);
          const after = meter.state!;
          expect(after.importMillijoules - before.importMillijoules).toBe(values.importW * 5000);
          expect(after.exportMillijoules - before.exportMillijoules).toBe(values.exportW * 5000);
          expect(values.importW * values.exportW).toBe(0);
          expect(values.importWh).toBe(Math.floor(after.importMillijoules / 3_600_000));
          before = after;
        }
      }),
      { numRuns: 60 },
    );
  });

  test("energy does not depend on how often the meter is read", () => {
    fc.assert(
      fc.property(
        house,
        fc.array(fc.integer({ min: 1, max: 5_000_000 }), { minLength: 1, maxLength: 20 }),
        (home, steps) => {
          const { startMs, ...options } = home;
          const often = simulatedMeter({ key, ...options, installedAtMs: startMs });
          let atMs = startMs;
          for (const step of steps) often.telegramAt((atMs += step));
          const once = simulatedMeter({ key, ...options, installedAtMs: startMs });
          once.telegramAt(atMs);
          const counters = (
            { importMillijoules, exportMillijoules, importVarMs, exportVarMs } = often.state!,
          ): number[] => [importMillijoules, exportMillijoules, importVarMs, exportVarMs];
          expect(counters(once.state!)).toEqual(counters());
        },
      ),
      { numRuns: 60 },
    );
  });

  test("voltage, current and power factor make up the power", () => {
    fc.assert(
      fc.property(house, ({ startMs, ...options }) => {
        const { values } = simulatedMeter({ key, ...options, installedAtMs: startMs }).telegramAt(startMs);
        const apparentVa = values.voltageV.reduce(
          (sum, volts, phase) => sum + volts * (values.currentA[phase] ?? 0),
          0,
        );
        const power = Math.abs(values.importW - values.exportW);
        // 0.005 A of rounding on each phase, 0.0005 of the power factor.
        expect(Math.abs(apparentVa * values.powerFactor - power)).toBeLessThan(4 + apparentVa * 0.001);
        for (const volts of values.voltageV) expect(volts >= 223 && volts <= 241).toBe(true);
        for (const amperes of values.currentA) expect(amperes >= 0 && amperes < 200).toBe(true);
        expect(values.powerFactor >= 0 && values.powerFactor <= 1).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("a year is a family's: consumption as asked, yield of the panels, more by day than by night", () => {
    const fromMs = Date.UTC(2025, 0, 1);
    const year = { key, fromMs, toMs: fromMs + 365 * day + 1, stepMs: hour };
    const without = [...simulateRange(year)].at(-1)!.values;
    const withPanels = [...simulateRange({ ...year, pvKwp: 5 })].at(-1)!.values;
    expect(without.importWh / 3_500_000).toBeCloseTo(1, 1);
    expect(without.exportWh).toBe(0);
    const yieldWh = without.importWh - withPanels.importWh + withPanels.exportWh;
    expect(yieldWh / 5000).toBeGreaterThan(800);
    expect(yieldWh / 5000).toBeLessThan(1150);
    expect(without.importVarh).toBeLessThan(without.exportVarh);

    const evening = { night: 0, evening: 0 };
    for (const { instantMs, values } of simulateRange(year)) {
      const utcHour = new Date(instantMs).getUTCHours();
      if (utcHour >= 1 && utcHour < 4) evening.night += values.importW;
      if (utcHour >= 16 && utcHour < 19) evening.evening += values.importW;
    }
    expect(evening.evening).toBeGreaterThan(2 * evening.night);
  });

  test("a three-phase meter in a house with one phase sends zeros for the others", () => {
    const { values } = simulatedMeter({ key, connectedPhases: 1 }).telegramAt(noon);
    expect(values.voltageV[0]).toBeGreaterThan(220);
    expect([values.voltageV.slice(1), values.currentA.slice(1)]).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
});

describe("telegram sizes", () => {
  test.each([
    ["netz-noe", 3, 243, 282],
    ["ksmwest", 3, 336, 376],
    ["ksmwest", 1, 260, 300],
  ] as const)("%s with %d phases: %d bytes of plaintext, %d on the line", (dialect, phases, plain, line) => {
    const { bytes } = simulatedMeter({ key, dialect, phases }).telegramAt(noon);
    expect([plaintextOf(bytes, key).length, bytes.length]).toEqual([plain, line]);
  });

  test("a single-phase flat list has 23 elements and fits one frame", () => {
    const { bytes } = simulatedMeter({ key, dialect: "netz-noe", phases: 1 }).telegramAt(noon);
    expect(bytes[6]).toBe(0x10);
    expect([...plaintextOf(bytes, key).subarray(18, 20)]).toEqual([0x02, 23]);
  });

  test("an authentication key adds a tag of 12 bytes and makes the security control 30h", () => {
    const { bytes } = simulatedMeter({ key, authenticationKey: key }).telegramAt(noon);
    expect(bytes.length).toBe(376 + 12);
    expect(bytes[22]).toBe(0x30);
  });
});

describe("the meter's clock", () => {
  /** Hour, minute, deviation and status of the telegrams' own time. */
  const times = (fromMs: number, toMs: number, doubtful = false): string[] =>
    [
      ...simulateRange({
        key,
        fromMs,
        toMs,
        stepMs: 30 * 60_000,
        clockDoubtful: doubtful,
        installedAtMs: fromMs,
      }),
    ].map(({ bytes }) => plaintextOf(bytes, key).subarray(6, 18).toString("hex"));

  test("repeats the hour in October with another deviation", () => {
    expect(times(Date.UTC(2026, 9, 25, 0, 0), Date.UTC(2026, 9, 25, 2, 0))).toEqual([
      "07ea0a190702000000ff8880",
      "07ea0a1907021e0000ff8880",
      "07ea0a190702000000ffc400",
      "07ea0a1907021e0000ffc400",
    ]);
  });

  test("leaves out the hour in March", () => {
    expect(times(Date.UTC(2026, 2, 29, 0, 30), Date.UTC(2026, 2, 29, 1, 30))).toEqual([
      "07ea031d07011e0000ffc400",
      "07ea031d0703000000ff8880",
    ]);
  });

  test("agrees with the time zone database on every day of three years, weekday included", () => {
    const format = new Intl.DateTimeFormat("en-GB", {
      timeZone: "Europe/Vienna",
      weekday: "short",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    const weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const fromMs = Date.UTC(2021, 0, 1, 0, 30);
    for (const telegram of simulateRange({
      key,
      fromMs,
      toMs: Date.UTC(2024, 0, 1),
      stepMs: 7 * hour,
      installedAtMs: fromMs,
      connectedPhases: 1,
    })) {
      const time = plaintextOf(telegram.bytes, key).subarray(6, 18);
      const part = Object.fromEntries(
        format.formatToParts(telegram.instantMs).map(({ type, value }) => [type, value]),
      );
      expect([
        time.readUInt16BE(0),
        time[2],
        time[3],
        weekdays[time.readUInt8(4) - 1],
        time[5],
        time[6],
      ]).toEqual([
        Number(part["year"]),
        Number(part["month"]),
        Number(part["day"]),
        part["weekday"],
        Number(part["hour"]),
        Number(part["minute"]),
      ]);
    }
  });

  test("marks a doubtful time with bit 1", () => {
    expect(times(noon, noon + 1, true)[0]).toMatch(/ff8882$/);
    expect(times(Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 1) + 1, true)[0]).toMatch(/ffc402$/);
  });

  test("pushes at seconds that end in 0 or 5, by its own reckoning", () => {
    for (const meterClock of [{}, { offsetMs: -1300 }, { driftMsPerDay: 700, sinceMs: noon - 30 * day }]) {
      const meter = simulatedMeter({ key, meterClock });
      let atMs = noon + 1;
      let stamped: number | undefined;
      for (let count = 0; count < 100; count++) {
        atMs = meter.nextInstant(atMs);
        const { values } = meter.telegramAt(atMs);
        expect(values.stampedMs % 5000).toBe(0);
        expect(values.stampedMs - (stamped ?? values.stampedMs - 5000)).toBe(5000);
        stamped = values.stampedMs;
      }
    }
  });

  test("is wrong by its offset and drift until it is set right", () => {
    const meterClock = { driftMsPerDay: 500, sinceMs: noon - 20 * day, setRightAtMs: noon + 12_000 };
    const meter = simulatedMeter({ key, meterClock });
    const skews: number[] = [];
    for (let atMs = meter.nextInstant(noon); atMs < noon + 30_000; atMs = meter.nextInstant(atMs))
      skews.push(meter.telegramAt(atMs).values.stampedMs - atMs);
    expect(skews.slice(0, 2)).toEqual([10_000, 10_000]);
    expect(skews.slice(2)).toEqual([0, 0, 0]);
  });
});

describe("a meter's life", () => {
  test("a swap brings a new title, registers from zero and a counter from one", () => {
    const meter = simulatedMeter({ key, serial: 11, swap: { atMs: noon, serial: 12, key: "f".repeat(32) } });
    const old = meter.telegramAt(noon - 5000);
    const fresh = meter.telegramAt(noon);
    const later = meter.telegramAt(noon + hour);
    expect([old.systemTitle.slice(-6), fresh.systemTitle.slice(-6)]).toEqual(["00000b", "00000c"]);
    expect([old.meterNumber, fresh.meterNumber]).toEqual(["1KFM0200000011", "1KFM0200000012"]);
    expect(fresh.values.importWh).toBe(0);
    expect([fresh.frameCounter, later.frameCounter]).toEqual([1, 2]);
    expect(later.values.importWh).toBeGreaterThan(0);
    expect(plaintextOf(fresh.bytes, "f".repeat(32))[0]).toBe(0x0f);
  });

  test("a key change keeps meter and counters", () => {
    const meter = simulatedMeter({ key, keyChange: { atMs: noon, key: "a".repeat(32) } });
    const before = meter.telegramAt(noon - 5000);
    const after = meter.telegramAt(noon);
    expect(plaintextOf(before.bytes, key)[0]).toBe(0x0f);
    expect(plaintextOf(after.bytes, "a".repeat(32))[0]).toBe(0x0f);
    expect(after.frameCounter).toBe(before.frameCounter + 1);
    expect(after.systemTitle).toBe(before.systemTitle);
  });
});

test.each([
  [{ key: "12" }, /key must be 32 hex digits/],
  [{ key, serial: 10_000_000 }, /serial is 10000000/],
  [{ key, pvKwp: -1 }, /pvKwp is -1/],
  [{ key, intervalMs: 2500 }, /intervalMs is 2500/],
  [{ key, phases: 1 as const, connectedPhases: 3 as const }, /connectedPhases is 3/],
])("an option that cannot be is named: %#", (options, message) => {
  expect(() => simulatedMeter(options).telegramAt(noon)).toThrow(message);
});

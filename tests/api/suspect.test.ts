/** Suspect readings from the message to the energy: marked by the ingest, left out by the store until they are confirmed. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConnectionLimits, createIngest, directLog, type ClosableIngest } from "@smp/bridge";
import { openStore, type Store } from "@smp/store";
import { afterEach, describe, expect, test } from "vitest";

const QUARTER_MS = 900_000;
const START = 1_780_002_000_000;
const IMPORT = "1-0:1.8.0";

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function setUp(): Promise<{ store: Store; open: () => Promise<ClosableIngest> }> {
  const dir = await mkdtemp(join(tmpdir(), "smp-suspect-"));
  cleanUps.push(() => rm(dir, { recursive: true, force: true }));
  const store = await openStore({
    kind: "duckdb",
    file: join(dir, "s.duckdb"),
    memoryLimitMb: 256,
    threads: 1,
  });
  cleanUps.push(() => store.close());
  return {
    store,
    async open() {
      const latest = await store.latest((await store.meters()).map(({ meter }) => meter));
      const ingest = createIngest({
        log: directLog(store),
        limits: new ConnectionLimits(10_000),
        latest,
        batching: { intervalMs: 0 },
      });
      cleanUps.push(() => ingest.close());
      return ingest;
    },
  };
}

/** Sends counters, one every five minutes from `first` on. */
async function send(ingest: ClosableIngest, counters: readonly number[], first = 0): Promise<void> {
  for (const [index, counter] of counters.entries()) {
    const t = START + (first + index) * 300_000;
    const payload = Buffer.from(JSON.stringify({ v: 1, t, s: first + index + 1, r: { [IMPORT]: counter } }));
    await ingest.take({ device: "m7", topic: "sm/v1/m7/reading", payload, received: t + 50 });
  }
}

async function stored(store: Store): Promise<{ energyWh: number | null; marks: string; count: number }> {
  const range = { from: START, to: START + 40 * QUARTER_MS };
  const [total] = await store.series({
    meters: ["m7"],
    ...range,
    resolution: "range",
    tz: "Europe/Vienna",
    perMeter: true,
  });
  let marks = "";
  for await (const page of store.raw({ meter: "m7", ...range }))
    marks += page.map(({ quality }) => (quality?.includes("suspect") ? "?" : ".")).join("");
  return { energyWh: total?.importWh ?? null, marks, count: marks.length };
}

describe("energy", () => {
  test.each([
    ["a false 0 that recovers", [1e7, 1e7 + 100, 0, 1e7 + 300, 1e7 + 400], 400, "..?.."],
    ["a spike", [1e7, 1e7 + 100, 9e8, 1e7 + 300, 1e7 + 400], 400, "..?.."],
    // 200 before the reset, 10 -> 310 after it; what passed in the interval of the reset itself nobody knows.
    ["a reset", [1e7, 1e7 + 200, 10, 110, 160, 210, 310], 500, "......."],
    ["a false 0 behind a false 0", [1e7, 0, 0, 1e7 + 300, 0, 1e7 + 400], 400, ".??.?."],
    ["a reset that is not confirmed yet", [1e7, 1e7 + 200, 10, 110, 160], 200, "..???"],
  ])("is right with %s, and nothing is deleted", async (_, counters, energyWh, marks) => {
    const { store, open } = await setUp();
    await send(await open(), counters);
    expect(await stored(store)).toEqual({ energyWh, marks, count: counters.length });
  });

  test("of a copy is that of the store: who asks for what arrived since hears of a confirmation", async () => {
    const { store, open } = await setUp();
    const ingest = await open();
    const copy = new Map<number, string>();
    let newest = 0;
    for (const [index, counter] of [1e7, 1e7 + 200, 10, 110, 160, 210, 310].entries()) {
      await send(ingest, [counter], index);
      const since = { meter: "m7", from: START, to: START + 40 * QUARTER_MS, receivedFrom: newest };
      for await (const page of store.raw(since))
        for (const { t, received, quality } of page) {
          copy.set(t, quality?.includes("suspect") ? "?" : ".");
          newest = Math.max(newest, received);
        }
    }
    expect([...copy.values()].join("")).toBe((await stored(store)).marks);
  });

  test("is right when the platform starts anew: the store's newest reading is the one before", async () => {
    const { store, open } = await setUp();
    await send(await open(), [1e7, 1e7 + 100]);
    await send(await open(), [0, 1e7 + 300], 2);
    expect(await stored(store)).toEqual({ energyWh: 300, marks: "..?.", count: 4 });
  });

  test("is right when it starts anew behind a suspect reading: the next one is taken as it is", async () => {
    const { store, open } = await setUp();
    await send(await open(), [1e7, 1e7 + 100, 0]);
    await send(await open(), [1e7 + 300, 1e7 + 400], 3);
    expect(await stored(store)).toEqual({ energyWh: 400, marks: "..?..", count: 5 });
  });
});

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { QUARTER_HOUR_MS, type NormalisedReading } from "@smp/schemas";
import type { Bucket } from "@smp/store";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openExtensions, readExtensionsConfig, type Extensions } from "../src/index.ts";
import { allocate, apportion, type Flow } from "../src/processors/community-allocation/allocate.ts";
import { readCommunities } from "../src/processors/community-allocation/communities.ts";
import { QuarterWatch } from "../src/processors/quarter-watch.ts";
import { ExtensionFolders } from "./support/extension-folder.ts";
import { fakeStore, reading } from "./support/fake-store.ts";

const NOON = Date.UTC(2026, 5, 1, 10);
const Q = QUARTER_HOUR_MS;
const seed = Number(process.env["SEED"] ?? 1);

const bucket = (
  meter: string,
  from: number,
  importWh: number | null,
  exportWh: number | null = null,
): Bucket => ({
  meter,
  from,
  to: from + Q,
  importWh,
  exportWh,
  importUnallocatedWh: 0,
  exportUnallocatedWh: 0,
  powerAvgW: null,
  powerMinW: null,
  powerMaxW: null,
  quartersSeen: 1,
  quarters: 1,
  readings: 10,
});

describe("allocation in a community", () => {
  const flows = fc.uniqueArray(
    fc.record({
      meter: fc.stringMatching(/^[a-z]{1,6}$/),
      importWh: fc.nat({ max: 50_000 }),
      exportWh: fc.nat({ max: 50_000 }),
    }),
    { selector: ({ meter }) => meter, minLength: 1, maxLength: 12 },
  );
  const shares = fc.array(fc.nat({ max: 80_000 }), { minLength: 12, maxLength: 12 });
  const total = (values: number[]): number => values.reduce((sum, value) => sum + value, 0);

  test.each(["static", "dynamic"] as const)("%s: nothing is lost or made, to the Wh", (allocation) =>
    fc.assert(
      fc.property(flows, shares, (members: Flow[], parts) => {
        const community = {
          id: "c",
          allocation,
          members: members.map(({ meter }, index) => ({ meter, shareMillionths: parts[index] ?? 0 })),
        };
        const result = allocate(community, members);
        const allotted = total(result.consumers.map(({ allottedWh }) => allottedWh));
        expect(allotted + result.surplusWh).toBe(total(members.map(({ exportWh }) => exportWh)));
        expect(total(result.producers.map(({ sharedWh }) => sharedWh))).toBe(allotted);
        for (const { allottedWh, consumptionWh, entitledWh } of result.consumers) {
          expect(allottedWh).toBeLessThanOrEqual(Math.min(consumptionWh, entitledWh));
          expect(Number.isInteger(allottedWh) && allottedWh >= 0).toBe(true);
        }
        for (const { sharedWh, surplusWh, generationWh } of result.producers) {
          expect(sharedWh + surplusWh).toBe(generationWh);
          expect(surplusWh).toBeGreaterThanOrEqual(0);
        }
        if (allocation === "dynamic")
          expect(allotted).toBe(
            Math.min(result.generationWh, total(members.map(({ importWh }) => importWh))),
          );
        // The order of the members changes nothing.
        expect(allocate(community, members.toReversed())).toEqual(result);
      }),
      { seed, numRuns: 500 },
    ),
  );

  test("a number is apportioned to the last unit, however large", () =>
    fc.assert(
      fc.property(
        fc.maxSafeNat(),
        fc.array(fc.nat({ max: 2 ** 40 }), { minLength: 1, maxLength: 20 }),
        (all, weights) => {
          fc.pre(weights.some((weight) => weight > 0));
          expect(total(apportion(all, weights).map(Number))).toBe(all);
        },
      ),
      { seed, numRuns: 500 },
    ));

  test("static: what a member cannot use goes to the grid, not to the others", () => {
    const community = {
      id: "c",
      allocation: "static" as const,
      members: [
        { meter: "a", shareMillionths: 500_000 },
        { meter: "b", shareMillionths: 500_000 },
        { meter: "pv", shareMillionths: 0 },
      ],
    };
    const result = allocate(community, [
      { meter: "a", importWh: 100, exportWh: 0 },
      { meter: "b", importWh: 900, exportWh: 0 },
      { meter: "pv", importWh: 0, exportWh: 1_001 },
    ]);
    expect(result.consumers.map(({ entitledWh, allottedWh }) => [entitledWh, allottedWh])).toEqual([
      [501, 100],
      [500, 500],
      [0, 0],
    ]);
    expect(result.surplusWh).toBe(401);
  });

  test.each([
    ["{}", /at least one/],
    ['{"communities":[{"id":"A"}]}', /id is "A"/],
    ['{"communities":[{"id":"a","allocation":"fair"}]}', /"static" or "dynamic"/],
    [
      '{"communities":[{"id":"a","allocation":"static","members":[{"meter":"m"}]}]}',
      /"share_percent" in text/,
    ],
    [
      '{"communities":[{"id":"a","allocation":"static","members":[{"meter":"m","share_percent":"60"},{"meter":"n","share_percent":"40.1"}]}]}',
      /100.1 percent together/,
    ],
    [
      '{"communities":[{"id":"a","allocation":"dynamic","members":[{"meter":"m.b"},{"meter":"m-b"}]}]}',
      /would both be a-m-b/,
    ],
  ])("the file %s is refused with a sentence", (text, fault) =>
    expect(() => readCommunities(text)).toThrow(fault),
  );
});

describe("which quarter hours a reading touches", () => {
  const at = (meter: string, minutes: number): NormalisedReading =>
    reading(meter, NOON + minutes * 60_000, { "x-a": 1 });
  const minutes = (watch: QuarterWatch, ...readings: NormalisedReading[]): number[] =>
    [...watch.take(readings).values()].flat().map((t) => (t - NOON) / 60_000);

  test("the finished ones before, once a meter enters the next, and none of those that still run", () => {
    const watch = new QuarterWatch();
    watch.take([at("a", 0)]);
    expect(minutes(watch, at("a", 1), at("a", 14))).toEqual([]);
    expect(minutes(watch, at("a", 15))).toEqual([-15, 0]);
    expect(minutes(watch, at("a", 16))).toEqual([]);
  });

  test("those around a late reading, and the one before a gap", () => {
    const watch = new QuarterWatch();
    watch.take([at("a", 120)]);
    expect(minutes(watch, at("a", 31))).toEqual([0, 15, 30, 45, 60]);
    expect(minutes(watch, at("a", 200))).toEqual([120, 165, 180]);
  });
});

describe("a batch that comes again, because what it led to was not kept,", () => {
  const at = (minutes: number): NormalisedReading => reading("a", NOON + minutes * 60_000, { "x-a": 1 });
  const minutes = (watch: QuarterWatch, ...readings: NormalisedReading[]): number[] =>
    [...watch.take(readings).values()].flat().map((t) => (t - NOON) / 60_000);

  test.each([
    ["of one reading", [at(15)]],
    ["with readings behind it", [at(15), at(20), at(29)]],
    ["behind a gap", [at(200)]],
    ["with a gap in it", [at(16), at(200)]],
  ])("%s touches at least the same", (_what, batch) => {
    const watch = new QuarterWatch();
    watch.take([at(0)]);
    const first = minutes(watch, ...batch);
    expect(first.length).toBeGreaterThan(0);
    const pieces = batch.flatMap((one) => minutes(watch, one));
    const again = minutes(watch, ...batch);
    for (const minute of first) {
      expect(pieces).toContain(minute);
      expect(again).toContain(minute);
    }
  });
});

describe("shipped processors in their processes", () => {
  let folders: ExtensionFolders;
  const opened: Extensions[] = [];
  beforeAll(async () => {
    folders = await ExtensionFolders.make();
  });
  afterEach(async () => {
    for (const extensions of opened.splice(0)) await extensions.close();
  });
  afterAll(() => folders.remove());

  async function start(environment: Record<string, string>, buckets: () => Bucket[]) {
    const extensions = await openExtensions(readExtensionsConfig(environment, folders.dir));
    opened.push(extensions);
    const store = fakeStore();
    store.buckets = ({ meters, from, to }) =>
      buckets().filter(
        ({ meter = "", from: start }) => meters.includes(meter) && start >= from && start < to,
      );
    const emitted: NormalisedReading[] = [];
    const [processor] = extensions.processors({
      store,
      append: async (readings) => void emitted.push(...readings),
    });
    return { process: processor!.process, store, emitted };
  }

  test("community-allocation emits the shares of a finished quarter hour, and overwrites them when data come late", async () => {
    const file = join(folders.dir, "communities.json");
    const members = [{ meter: "a" }, { meter: "pv.1" }, { meter: "silent" }];
    await writeFile(file, JSON.stringify({ communities: [{ id: "c", allocation: "dynamic", members }] }));
    let buckets = [bucket("a", NOON, 400), bucket("pv.1", NOON, 0, 300)];
    const { process, emitted } = await start(
      { SMP_EXTENSIONS: "community-allocation", SMP_X_COMMUNITY_ALLOCATION_COMMUNITIES: file },
      () => buckets,
    );
    await process([reading("a", NOON + Q, { "1-0:1.8.0": 1 })]);
    const of = (meter: string): Record<string, number>[] =>
      emitted
        .filter((one) => one.meter === `x-community-allocation.${meter}` && one.t === NOON)
        .map(({ r }) => r);
    expect(of("c-a")).toMatchObject([{ "x-consumption_wh": 400, "x-allotted_wh": 300 }]);
    expect(of("c-pv-1")).toMatchObject([{ "x-generation_wh": 300, "x-shared_wh": 300, "x-surplus_wh": 0 }]);
    expect(of("c")).toMatchObject([{ "x-surplus_wh": 0, "x-members_missing": 1 }]);
    buckets = [...buckets.slice(0, 1), bucket("pv.1", NOON, 0, 500)];
    await process([
      reading("pv.1", NOON + 60_000, { "1-0:2.8.0": 1 }),
      reading("pv.1", NOON + Q, { "1-0:2.8.0": 2 }),
    ]);
    expect(of("c").at(-1)).toMatchObject({
      "x-generation_wh": 500,
      "x-allotted_wh": 400,
      "x-surplus_wh": 100,
    });
  });

  test("peak-alert tells of a quarter hour above the limit once, also after a restart", async () => {
    const buckets = [bucket("a", NOON, 1_600), bucket("a", NOON - Q, 1_250)];
    for (let run = 0; run < 2; run++) {
      const { process, store } = await start({ SMP_EXTENSIONS: "peak-alert" }, () => buckets);
      await process([reading("a", NOON + Q, { "x-a": 1 })]);
      expect(store.kept()).toMatchObject([
        {
          kind: "event",
          id: `peak-alert/peak:a:${NOON}`,
          value: {
            title: "a drew 6.40 kW in a quarter hour; the limit is 5.00 kW.",
            data: { power_w: 6_400 },
          },
        },
      ]);
    }
  });

  test("peak-alert tells of every peak of a batch from the past, also of more than a hundred", async () => {
    const buckets = Array.from({ length: 150 }, (_, index) => bucket("a", NOON + index * Q, 1_600));
    const { process, store } = await start({ SMP_EXTENSIONS: "peak-alert" }, () => buckets);
    await process(Array.from({ length: 151 }, (_, index) => reading("a", NOON + index * Q, { "x-a": 1 })));
    const peaks = store.kept().filter(({ id }) => id.startsWith("peak-alert/peak:"));
    expect(peaks).toHaveLength(150);
  });

  test("peak-alert tells of a night with much standby, in local time", async () => {
    const midnight = Date.parse("2026-06-01T00:00:00+02:00");
    const night = Array.from({ length: 16 }, (_, index) =>
      bucket("a", midnight + (4 + index) * Q, 60 + index),
    );
    const { process, store } = await start(
      { SMP_EXTENSIONS: "peak-alert", SMP_X_PEAK_ALERT_STANDBY_W: "150" },
      () => night,
    );
    await process([reading("a", midnight + 20 * Q - 60_000, { "x-a": 1 })]);
    expect(store.kept()).toEqual([]);
    await process([reading("a", midnight + 20 * Q, { "x-a": 1 })]);
    expect(store.kept()).toMatchObject([
      {
        id: "peak-alert/standby:a:2026-06-01",
        value: { title: "a never drew less than 0.24 kW in the night to 2026-06-01; the limit is 0.15 kW." },
      },
    ]);
  });

  test("a meter that the operator left out is not seen", async () => {
    const { process, store } = await start(
      { SMP_EXTENSIONS: "peak-alert", SMP_X_PEAK_ALERT_METERS: "b" },
      () => [bucket("a", NOON, 9_000), bucket("b", NOON, 9_000)],
    );
    await process([reading("a", NOON + Q, { "x-a": 1 }), reading("b", NOON + Q, { "x-a": 1 })]);
    expect(store.kept().map(({ id }) => id)).toEqual([`peak-alert/peak:b:${NOON}`]);
    expect(store.asked).not.toContain("a");
  });

  test("what a required setting lacks is told at the start", async () => {
    await expect(start({ SMP_EXTENSIONS: "community-allocation" }, () => [])).rejects.toThrow(
      /SMP_X_COMMUNITY_ALLOCATION_COMMUNITIES is required/,
    );
  });
});

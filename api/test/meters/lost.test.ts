import type { GapList } from "@smp/schemas/api";
import { expect, test, vi } from "vitest";
import { fixture, HOUR_MS, METER, MIDNIGHT, reading } from "../fixture.ts";
import { askJson } from "../openapi.ts";

const numbered = (t: number, s: number | undefined, meter = METER): ReturnType<typeof reading> => ({
  ...reading(t, { "1-0:1.8.0": 1_000 }, meter),
  ...(s === undefined ? {} : { s }),
});

test.each([
  ["lost", "numbers are missing on both sides of it", 17, 40],
  ["no-readings", "the numbers go on without a gap: the device measured nothing", 17, 18],
  ["no-readings", "the journal began anew", 17, 1],
  ["no-readings", "the device gives no numbers", undefined, undefined],
  ["no-readings", "only one side has a number", undefined, 40],
] as const)("a gap is %s when %s", async (reason, _, before, after) => {
  const { app, store } = fixture();
  await store.append([numbered(MIDNIGHT, before), numbered(MIDNIGHT + HOUR_MS, after)]);
  const { gaps } = await askJson<GapList>(app, `/v1/meters/${METER}/gaps?from=2026-03-29&to=2026-03-30`);
  expect(gaps.map((gap) => gap.reason)).toEqual([reason]);
});

test("for the numbers of an hourly meter's gaps the store is asked once, and each gap is judged by its own", async () => {
  const { app, store } = fixture();
  const hours = [1, 2, 3, 7, 8];
  await store.append(hours.map((s, hour) => numbered(MIDNIGHT + hour * HOUR_MS, s)));
  const raw = vi.spyOn(store, "raw");
  const { gaps } = await askJson<GapList>(app, `/v1/meters/${METER}/gaps?from=2026-03-29&to=2026-03-30`);
  expect(gaps.map((gap) => gap.reason)).toEqual(["no-readings", "no-readings", "lost", "no-readings"]);
  expect(raw).toHaveBeenCalledTimes(1);
});

test("a gap of one of several meters behind a device is not judged: they share their numbers", async () => {
  const { app, store } = fixture();
  const [one, other] = ["house.a", "house.b"];
  await store.append([
    numbered(MIDNIGHT, 1, one),
    ...Array.from({ length: 30 }, (_, index) => numbered(MIDNIGHT + index * 60_000, 2 + index, other)),
    numbered(MIDNIGHT + HOUR_MS, 40, one),
  ]);
  const { gaps } = await askJson<GapList>(app, `/v1/meters/${one}/gaps?from=2026-03-29&to=2026-03-30`);
  expect(gaps.map((gap) => gap.reason)).toEqual(["no-readings"]);
});

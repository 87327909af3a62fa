import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NormalisedReading } from "@smp/schemas";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startFeed, type Feed } from "../src/index.ts";
import { fakeStore, reading } from "./support/fake-store.ts";

const logger = pino({ level: "silent" });
const T0 = Date.UTC(2026, 5, 1);
const DAY = 86_400_000;
let folder: string;
const feeds: Feed[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "smp-feed-"));
});
afterEach(async () => {
  await Promise.all(feeds.splice(0).map((feed) => feed.close()));
  await rm(folder, { recursive: true, force: true });
});

/** A processor that remembers what it got; `failing` times it fails before. */
function start(
  store: ReturnType<typeof fakeStore>,
  failing = 0,
  now = T0 + DAY,
): { feed: Feed; got: number[] } {
  const got: number[] = [];
  let failures = failing;
  const process = async (readings: readonly NormalisedReading[]): Promise<void> => {
    if (failures-- > 0) throw new Error("not now");
    got.push(...readings.map(({ t }) => t - T0));
  };
  const feed = startFeed({ processors: [{ name: "one", process }], store, folder, logger, now: () => now });
  feeds.push(feed);
  return { feed, got };
}

test("what is in the store when a processor starts, and what comes after, reaches it", async () => {
  const store = fakeStore([reading("a", T0, { "x-a": 1 }), reading("b", T0 + 1, { "x-a": 1 })]);
  const { feed, got } = start(store);
  await feed.settled();
  feed.offer([reading("a", T0 + 2, { "x-a": 1 })]);
  await feed.settled();
  expect(got).toEqual([0, 1, 2]);
});

test("after a stop it goes on where it was, with what arrived meanwhile, late readings too", async () => {
  const store = fakeStore([reading("a", T0, { "x-a": 1 })]);
  const first = start(store);
  await first.feed.settled();
  await first.feed.close();
  expect(await readFile(join(folder, "one.position"), "utf8")).toBe(`${T0 + DAY - 60_000}\n`);
  // Measured long ago, received after the stop.
  store.readings.push({ ...reading("a", T0 + 5, { "x-a": 1 }), received: T0 + DAY + 1 });
  const second = start(store);
  await second.feed.settled();
  expect(second.got).toEqual([5]);
});

test("a processor that fails gets the same readings again", async () => {
  const store = fakeStore([reading("a", T0, { "x-a": 1 })]);
  const { feed, got } = start(store, 1);
  await feed.settled();
  expect(got).toEqual([0]);
});

test("a flood is not kept in memory: the processor reads it from the store", async () => {
  const store = fakeStore();
  const { feed, got } = start(store, 0, T0);
  await feed.settled();
  const flood = Array.from({ length: 30_000 }, (_, index) => reading("a", T0 + index, { "x-a": 1 }));
  store.readings.push(...flood);
  feed.offer(flood);
  await feed.settled();
  expect(got).toHaveLength(30_000);
});

test("a position that a clock ahead of its time left behind keeps nothing from the processor", async () => {
  const store = fakeStore();
  const ahead = start(store, 0, T0 + 400 * DAY);
  await ahead.feed.settled();
  await ahead.feed.close();
  store.readings.push(reading("a", T0 + DAY - 1, { "x-a": 1 }));
  const { feed, got } = start(store);
  await feed.settled();
  expect(got).toEqual([DAY - 1]);
});

test("a meter that was deleted by a clock that was ahead keeps no other one's readings from the processor", async () => {
  const store = fakeStore();
  const { feed } = start(store);
  await feed.settled();
  feed.offer([{ ...reading("deleted", T0 + DAY, { "x-a": 1 }), received: T0 + DAY + 3_600_000 }]);
  await feed.settled();
  await feed.close();
  // In the store, and not yet offered, when the platform was killed.
  store.readings.push(reading("b", T0 + DAY, { "x-a": 1 }));
  const next = start(store, 0, T0 + DAY + 7_200_000);
  await next.feed.settled();
  expect(next.got).toEqual([DAY]);
});

import type { NormalisedReading } from "@smp/schemas";
import { expect, test } from "vitest";
import { arrivals, pages, type Arrival } from "../src/pages.ts";
import { reading } from "./trial.ts";

const PAGE_READINGS = 5_000;

test("readings a millisecond apart come each once, also where a page ends between them", async () => {
  const all = Array.from({ length: 2 * PAGE_READINGS + 1 }, (_, t) => reading("m", t, {}));
  const read = async (from: number, to: number, limit: number): Promise<NormalisedReading[]> =>
    all.filter(({ t }) => t >= from && t < to).slice(0, limit);
  const found: number[] = [];
  for await (const page of pages({ from: 0, to: all.length }, read)) found.push(...page.map(({ t }) => t));
  expect(found).toEqual(all.map(({ t }) => t));
});

test("who goes on from a place gets what came after it, and nothing from before the time asked for", async () => {
  const places: Arrival[] = [];
  const read = async (after: Arrival): Promise<NormalisedReading[]> => {
    places.push(after);
    return [];
  };
  for (const received of [9, 10, 11])
    for await (const _ of arrivals({ receivedFrom: 10, after: { received, t: 7 } }, read));
  expect(places).toEqual([
    { received: 10, t: -1 },
    { received: 10, t: 7 },
    { received: 11, t: 7 },
  ]);
});

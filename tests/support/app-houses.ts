import { DAY_MS, HOUR_MS } from "@smp/schemas";
import type { Store } from "@smp/store";
import { appendYear, type HouseYear } from "./year-of-readings.ts";

const QUARTER_MS = 900_000;

/** 11:00 UTC, noon or so in Vienna, at or before a time. */
const lastNoon = (ms: number): number => Math.floor((ms - 11 * HOUR_MS) / DAY_MS) * DAY_MS + 11 * HOUR_MS;

/** Three households up to now: one with a roof, gaps and an exchanged meter; one without; one whose meter has died. */
export function threeHouses(nowMs: number, days: number): HouseYear[] {
  const now = Math.floor(nowMs / QUARTER_MS) * QUARTER_MS;
  const common = { fromMs: now - days * DAY_MS, toMs: nowMs, stepMs: QUARTER_MS };
  return [
    {
      ...common,
      meter: "haus",
      seed: 1,
      pvKwp: 6,
      swapMs: now - 100 * DAY_MS,
      gaps: [
        { fromMs: now - 12 * DAY_MS, toMs: now - 9.5 * DAY_MS },
        { fromMs: now - 2 * DAY_MS - 5 * HOUR_MS, toMs: now - 2 * DAY_MS - 3 * HOUR_MS },
      ],
    },
    { ...common, meter: "wohnung", seed: 2, meanW: 260 },
    // At a noon, whatever the hour is now: its last day has something to show.
    { ...common, meter: "keller", seed: 3, meanW: 90, toMs: lastNoon(now - 9 * DAY_MS) },
  ];
}

export async function seedHouses(store: Store, houses: readonly HouseYear[]): Promise<void> {
  for (const house of houses) await appendYear(store, house);
}

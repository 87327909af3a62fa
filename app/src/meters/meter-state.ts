import { DAY_MS } from "@smp/schemas";
import { freshnessOf, type Freshness } from "../state/freshness.ts";
import type { MeterEntry } from "../state/meters.ts";

const INTERVAL_GUESS_MS = 15 * 60_000;

export type MeterState = Freshness | "dead";

/** How a meter is, from the age of its newest reading; one that has been silent for a day is called so. */
export function stateOf({ last }: MeterEntry, nowMs: number): { state: MeterState; ageMs: number } {
  const ageMs = Math.max(0, nowMs - Date.parse(last));
  return { state: ageMs > DAY_MS ? "dead" : freshnessOf(ageMs, INTERVAL_GUESS_MS), ageMs };
}

import { DAY_MS, QUARTER_HOUR_MS } from "@smp/schemas";
import type { EnergySeries, PowerSeries, RejectedEntry, RejectedList } from "@smp/schemas/api";
import { meterPath } from "../api/paths.ts";
import { useResource } from "../api/resource.ts";
import type { MeterEntry } from "../state/meters.ts";
import { localDate, shiftDays } from "../time/period.ts";

const EVERY_MS = 60_000;
export const COVERAGE_DAYS = 30;

/** The mean power of the last 24 hours, by the quarter hour. */
export function useLastDay(id: string, nowMs: number): PowerSeries | undefined {
  const to = Math.ceil(nowMs / QUARTER_HOUR_MS) * QUARTER_HOUR_MS;
  const query = new URLSearchParams({ from: String(to - DAY_MS), to: String(to), resolution: "15m" });
  return useResource<PowerSeries>(`${meterPath(id)}/power?${query}`, EVERY_MS).data;
}

/** The last thirty days, today included. */
export function useCoverage({ id, tz }: MeterEntry, nowMs: number): EnergySeries | undefined {
  const today = localDate(nowMs, tz);
  const query = new URLSearchParams({
    from: shiftDays(today, 1 - COVERAGE_DAYS),
    to: shiftDays(today, 1),
    resolution: "day",
    tz,
  });
  return useResource<EnergySeries>(`${meterPath(id)}/energy?${query}`, EVERY_MS).data;
}

/** The newest message of the meter's device that was refused; undefined: none, or not for this token. */
export function useLastRejected(device: string, admin: boolean): RejectedEntry | undefined {
  const query = new URLSearchParams({ device, limit: "1" });
  return useResource<RejectedList>(admin ? `v1/rejected?${query}` : undefined).data?.messages[0];
}

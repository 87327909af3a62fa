import type { CostSeries, MeterPrices } from "@smp/schemas/api";
import { useResource, type Resource } from "../api/resource.ts";
import { localDate, shiftDays, type Span } from "../time/period.ts";

const EVERY_MS = 60_000;
const meterPath = (id: string): string => `v1/meters/${encodeURIComponent(id)}`;

/** What a range of local dates cost; `to` exclusive. */
export function useCost(
  id: string | undefined,
  range: { from: string; to: string; tz: string } | undefined,
  resolution: string,
  running: boolean,
): Resource<CostSeries> {
  const path =
    id && range && `${meterPath(id)}/cost?${new URLSearchParams({ ...range, resolution }).toString()}`;
  return useResource<CostSeries>(path, running ? EVERY_MS : undefined);
}

export const datesOf = (span: Span): { from: string; to: string; tz: string } => ({
  from: span.date,
  to: localDate(span.to, span.tz),
  tz: span.tz,
});

/** The prices of a local day and the one after it. */
export function usePrices(id: string | undefined, date: string, tz: string): Resource<MeterPrices> {
  const query = new URLSearchParams({ from: date, to: shiftDays(date, 2), tz });
  return useResource<MeterPrices>(id && `${meterPath(id)}/prices?${query}`, 5 * EVERY_MS);
}

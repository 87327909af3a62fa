import type { CostSeries, MeterPrices } from "@smp/schemas/api";
import { meterPath } from "../api/paths.ts";
import { useResource, type Resource } from "../api/resource.ts";
import { shiftDays } from "../time/period.ts";

const EVERY_MS = 60_000;

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

/** The prices of a local day and the one after it. */
export function usePrices(id: string | undefined, date: string, tz: string): Resource<MeterPrices> {
  const query = new URLSearchParams({ from: date, to: shiftDays(date, 2), tz });
  return useResource<MeterPrices>(id && `${meterPath(id)}/prices?${query}`, 5 * EVERY_MS);
}

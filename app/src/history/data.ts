import { QUARTER_HOUR_MS } from "@smp/schemas";
import type { EnergySeries, PowerSeries } from "@smp/schemas/api";
import { meterPath } from "../api/paths.ts";
import { useResource, type Resource } from "../api/resource.ts";
import { datesOf, localDate, midnight, resolutionOf, sameMoment, type Span } from "../time/period.ts";

/** A period that is over does not change much any more. */
const RUNNING_EVERY_MS = 60_000;

function rangeQuery(span: Span, resolution?: string): string {
  return new URLSearchParams({ ...datesOf(span), ...(resolution && { resolution }) }).toString();
}

export function useEnergy(
  id: string | undefined,
  span: Span | undefined,
  running: boolean,
): Resource<EnergySeries> {
  const path = id && span && `${meterPath(id)}/energy?${rangeQuery(span, resolutionOf(span.period))}`;
  return useResource<EnergySeries>(path, running ? RUNNING_EVERY_MS : undefined);
}

/** Quarter hours of a day, hours of a week or month, days of a year: at most some 750 points. */
export function usePower(id: string | undefined, span: Span, running: boolean): Resource<PowerSeries> {
  const resolution = { day: "15m", week: "1h", month: "1h", year: "day" }[span.period];
  const path = id && `${meterPath(id)}/power?${rangeQuery(span, resolution)}`;
  return useResource<PowerSeries>(path, running ? RUNNING_EVERY_MS : undefined);
}

export interface Part {
  importKwh: number | null;
  exportKwh: number | null;
  /** The least of its parts': a comparison is as good as its worse half. */
  coverage: number;
}

/** The energy of [from, to), both whole quarter hours: whole days, and the quarter hours of the last one. */
function usePart(
  id: string | undefined,
  range: { from: number; to: number } | undefined,
  tz: string,
): Part | undefined {
  const lastDay = range && midnight(localDate(range.to - 1, tz), tz);
  const path = (from: number, to: number, resolution: string): string | undefined =>
    id && from < to
      ? `${meterPath(id)}/energy?${new URLSearchParams({ from: String(from), to: String(to), resolution, tz }).toString()}`
      : undefined;
  const days = range && lastDay !== undefined ? path(range.from, lastDay, "day") : undefined;
  const quarters =
    range && lastDay !== undefined ? path(Math.max(range.from, lastDay), range.to, "15m") : undefined;
  const whole = useResource<EnergySeries>(days);
  const rest = useResource<EnergySeries>(quarters);
  const totals = [
    days && (whole.loading ? undefined : whole.data?.total),
    quarters && (rest.loading ? undefined : rest.data?.total),
  ];
  if (!range || (days && !totals[0]) || (quarters && !totals[1])) return undefined;
  const parts = totals.flatMap((total) => (typeof total === "object" ? [total] : []));
  const sum = (name: "import_kwh" | "export_kwh"): number | null =>
    parts.every((part) => part[name] === null)
      ? null
      : Math.round(parts.reduce((all, part) => all + (part[name] ?? 0), 0) * 1000) / 1000;
  return {
    importKwh: sum("import_kwh"),
    exportKwh: sum("export_kwh"),
    coverage: Math.min(1, ...parts.map((part) => part.coverage)),
  };
}

export interface Comparison {
  here: Part;
  there: Part;
  /** Up to where both are counted. */
  hereTo: number;
  thereTo: number;
  partial: boolean;
}

/** A period and another one, like for like: of a running period only the part that has passed, and the same part of the other. */
export function useComparison(
  id: string | undefined,
  span: Span,
  other: Span | undefined,
  nowMs: number,
): Comparison | undefined {
  const cut = Math.min(span.to, Math.floor(nowMs / QUARTER_HOUR_MS) * QUARTER_HOUR_MS);
  const hereTo = Math.max(span.from, cut);
  const thereTo = other ? sameMoment(span, other, hereTo) : 0;
  const here = usePart(id, other && { from: span.from, to: hereTo }, span.tz);
  const there = usePart(id, other && { from: other.from, to: thereTo }, span.tz);
  return here && there ? { here, there, hereTo, thereTo, partial: hereTo < span.to } : undefined;
}

import type { EnergySeries, GapList } from "@smp/schemas/api";
import { meterPath } from "../api/paths.ts";
import { useResource, type Resource } from "../api/resource.ts";
import { datesOf, midnight, shiftDays, type Span } from "../time/period.ts";
import { byRhythm, realGaps, rhythmOf } from "./rhythm.ts";

/** So many days tell a rhythm, where a period itself is too short. */
const DAYS = 8;
/** A reading every twenty minutes reaches three of four quarter hours; who sends oftener has no rhythm to explain. */
const COVERAGE_SPARSE_MAX = 0.8;

export const isSparse = (total: { coverage: number } | undefined): boolean =>
  total !== undefined && total.coverage < COVERAGE_SPARSE_MAX;

type Days = Pick<Span, "date" | "to" | "tz">;

const useGaps = (id: string | undefined, days: Days): Resource<GapList> =>
  useResource<GapList>(id && `${meterPath(id)}/gaps?${new URLSearchParams(datesOf(days)).toString()}`);

/** The rhythm of a meter up to the end of a day. No meter: none is asked for. */
export function useRecentRhythm(id: string | undefined, date: string, tz: string): number | undefined {
  const to = midnight(shiftDays(date, 1), tz);
  const { data, loading } = useGaps(id, { date: shiftDays(date, -DAYS), to, tz });
  return data && !loading ? rhythmOf(data.gaps) : undefined;
}

export interface Rhythm {
  /** How far apart the readings of the meter lie; undefined: it sends every quarter hour, or has no rhythm. */
  rhythmMs: number | undefined;
  /** The gaps of the period; with a rhythm those that it does not explain. */
  gaps: GapList["gaps"];
  /** The same series as the rhythm lets one expect it. */
  applied: (series: EnergySeries) => EnergySeries;
}

/** What is missing in a period for a meter's rhythm; undefined until that is known. No meter: none is asked for. */
export function useRhythm(id: string | undefined, span: Span, nowMs: number): Rhythm | undefined {
  const { data, loading } = useGaps(id, span);
  const gaps = loading ? undefined : data?.gaps;
  const own = gaps && rhythmOf(gaps);
  const isShort = span.period === "day" || span.period === "week";
  const asksBefore = gaps !== undefined && gaps.length > 0 && own === undefined && isShort;
  const recent = useRecentRhythm(asksBefore ? id : undefined, span.date, span.tz);
  if (!gaps) return undefined;
  const rhythmMs = own ?? recent;
  return rhythmMs === undefined
    ? { rhythmMs, gaps, applied: (series) => series }
    : {
        rhythmMs,
        gaps: realGaps(gaps, rhythmMs),
        applied: (series) => byRhythm(series, gaps, rhythmMs, nowMs),
      };
}

import { bucketBounds } from "@smp/schemas";
import type { EnergyBucket, EnergySeries, GapList } from "@smp/schemas/api";
import { useEffect } from "preact/hooks";
import { lastAnswer, rememberAnswer } from "../api/answers.ts";
import { meterPath } from "../api/paths.ts";
import { useResource, type Resource } from "../api/resource.ts";
import { token } from "../api/token.ts";
import { datesOf, midnight, resolutionOf, shiftDays, type Span } from "../time/period.ts";
import { byRhythm, realGaps, rhythmOf, tellingGaps, totalByRhythm } from "./rhythm.ts";

/** So many days tell a rhythm, where a period itself is too short. */
const DAYS = 8;
/** A reading every twenty minutes reaches three of four quarter hours; who sends oftener has no rhythm to explain. */
const COVERAGE_SPARSE_MAX = 0.8;

export const isSparse = (total: { coverage: number } | undefined): boolean =>
  total !== undefined && total.coverage < COVERAGE_SPARSE_MAX;

type Days = Pick<Span, "date" | "to" | "tz">;

const gapsPath = (id: string, days: Days): string =>
  `${meterPath(id)}/gaps?${new URLSearchParams(datesOf(days)).toString()}`;

const useGaps = (id: string | undefined, days: Days): Resource<GapList> =>
  useResource<GapList>(id && gapsPath(id, days));

/** The rhythm of a meter up to the end of a day. No meter: none is asked for. */
export function useRecentRhythm(id: string | undefined, date: string, tz: string): number | undefined {
  const to = midnight(shiftDays(date, 1), tz);
  const { data, loading } = useGaps(id, { date: shiftDays(date, -DAYS), to, tz });
  return data && !loading ? rhythmOf(data.gaps) : undefined;
}

export interface Rhythm {
  /** How far apart the readings of the meter lie; undefined: it sends every quarter hour, or has no rhythm. */
  rhythmMs: number | undefined;
  /** The gaps of the period; with a rhythm those that it does not explain. undefined: they could not be had. */
  gaps: GapList["gaps"] | undefined;
  /** The same series as the rhythm lets one expect it. */
  applied: (series: EnergySeries) => EnergySeries;
  /** Its total, where no bars are shown. */
  total: (series: EnergySeries) => EnergyBucket;
}

/** A rhythm as the phone keeps it: the list of all gaps of a month is longer than what it keeps. */
interface Kept {
  rhythmMs: number;
  gaps: GapList["gaps"];
}
const keptName = (id: string, span: Span): string => `${gapsPath(id, span)}#rhythm`;

const asIs = {
  rhythmMs: undefined,
  applied: (series: EnergySeries): EnergySeries => series,
  total: ({ total }: EnergySeries): EnergyBucket => total,
};

/** What is missing in a period for a meter's rhythm; undefined until that is known, or cannot be. No meter: none is asked for. */
export function useRhythm(id: string | undefined, span: Span, nowMs: number): Rhythm | undefined {
  const { data, loading, failure } = useGaps(id, span);
  const gaps = loading ? undefined : data?.gaps;
  const own = gaps && rhythmOf(gaps);
  const isShort = span.period === "day" || span.period === "week";
  const asksBefore = gaps !== undefined && gaps.length > 0 && own === undefined && isShort;
  const recent = useRecentRhythm(asksBefore ? id : undefined, span.date, span.tz);
  const rhythmMs = own ?? recent;
  useEffect(() => {
    if (id === undefined || !gaps || rhythmMs === undefined) return;
    const bounds = bucketBounds(span.from, span.to, resolutionOf(span.period), span.tz);
    const kept: Kept = { rhythmMs, gaps: tellingGaps(gaps, rhythmMs, bounds) };
    rememberAnswer(keptName(id, span), { data: kept, atMs: Date.now() }, token.peek());
  }, [gaps, rhythmMs]);
  const isRefused = failure && failure.kind !== "offline" && failure.kind !== "problem";
  // Only where it cannot be asked: beside newer energy, what was kept knows of too few gaps.
  const last = id && !gaps && failure && !isRefused ? lastAnswer<Kept>(keptName(id, span))?.data : undefined;
  if (gaps && rhythmMs === undefined) return { ...asIs, gaps };
  const known = gaps && rhythmMs !== undefined ? { rhythmMs, gaps } : last;
  if (!known && failure && !loading) return { ...asIs, gaps };
  return (
    known && {
      rhythmMs: known.rhythmMs,
      gaps: realGaps(known.gaps, known.rhythmMs),
      applied: (series) => byRhythm(series, known.gaps, known.rhythmMs, nowMs),
      total: ({ total }) => totalByRhythm(total, known.gaps, known.rhythmMs, nowMs),
    }
  );
}

import type { VNode } from "preact";
import { CoverageStrip } from "../charts/coverage-strip.tsx";
import { Sparkline } from "../charts/sparkline.tsx";
import { apartText, coverageText, powerText } from "../format/numbers.ts";
import { ageText, clockText } from "../format/times.ts";
import { text } from "../i18n.ts";
import { addressOf } from "../router.ts";
import { coverageBy } from "../rhythm/rhythm.ts";
import { isSparse, useRecentRhythm } from "../rhythm/use-rhythm.ts";
import { minuteMs, platformMs } from "../state/clock.ts";
import type { MeterEntry } from "../state/meters.ts";
import { localDate } from "../time/period.ts";
import { Link } from "../ui/link.tsx";
import { nameOf } from "../ui/meter-name.ts";
import { coverageSince } from "./coverage.ts";
import { COVERAGE_DAYS, useCoverage, useLastDay } from "./data.ts";
import { stateOf } from "./meter-state.ts";

const STATES = {
  live: "state.live",
  stale: "state.live",
  offline: "state.quiet",
  dead: "state.dead",
} as const;
const MARKS = { live: "●", stale: "●", offline: "◐", dead: "○" } as const;

export function StateLine({ entry }: { entry: MeterEntry }): VNode {
  const { state, ageMs } = stateOf(entry, platformMs.value);
  return (
    <p class={`age ${state === "stale" ? "live" : state}`}>
      <span aria-hidden="true">{MARKS[state]}</span>{" "}
      {text(STATES[state], { age: ageText(ageMs), since: clockText(Date.parse(entry.last), entry.tz) })}
    </p>
  );
}

/** The coverage of thirty days as blocks and in words. */
export function Coverage({ entry }: { entry: MeterEntry }): VNode | null {
  const series = useCoverage(entry, minuteMs.value);
  const today = localDate(minuteMs.value, entry.tz);
  const rhythmMs = useRecentRhythm(isSparse(series?.total) ? entry.id : undefined, today, entry.tz);
  // As high as what will come.
  if (!series)
    return (
      <div class="coverage-30" aria-busy="true">
        <CoverageStrip days={Array.from({ length: COVERAGE_DAYS }, () => null)} />
        <p class="note">{text("loading")}</p>
      </div>
    );
  const first = Date.parse(entry.first);
  const days = series.buckets.map(({ end, coverage }) =>
    Date.parse(end) <= first ? null : coverageBy(rhythmMs, coverage),
  );
  // What was before the first reading is not missing.
  const begins = Date.parse(series.from);
  const share = coverageSince(series.buckets, Math.max(begins, first), minuteMs.value);
  return (
    <div class="coverage-30">
      <CoverageStrip days={days} />
      <p class="note">
        {rhythmMs !== undefined && `${text("rhythm", { apart: apartText(rhythmMs) })} · `}
        {text(begins < first ? "coverageSince" : "coverage30", {
          percent: coverageText(coverageBy(rhythmMs, share)),
        })}
      </p>
    </div>
  );
}

/** One meter at a glance: is it alive, what did its day look like, is anything missing. */
export function MeterCard({ entry }: { entry: MeterEntry }): VNode {
  const power = useLastDay(entry.id, minuteMs.value);
  const values = power?.buckets.map(({ avg_w: mean }) => mean) ?? [];
  const known = values.filter((value) => value !== null);
  return (
    <li class="card meter-card">
      <div class="meter-card-head">
        <h2>
          <Link href={addressOf("meters", { id: entry.id })}>{nameOf(entry)}</Link>
        </h2>
        <StateLine entry={entry} />
      </div>
      {(power === undefined || known.length > 0) && <Sparkline values={values} />}
      <p class="note">
        {known.length === 0
          ? text("spark.none")
          : text("spark.range", { min: powerText(Math.min(...known)), max: powerText(Math.max(...known)) })}
      </p>
      <Coverage entry={entry} />
    </li>
  );
}

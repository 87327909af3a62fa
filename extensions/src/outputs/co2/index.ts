import { HOUR_MS, parseInstant, QUARTER_HOUR_MS, toOffsetString } from "@smp/schemas";
import type { Output } from "../../contract/output.ts";
import { kwh, problem, quartersOf, wishOf } from "../range.ts";

const output: Output = {
  async fetch(request, context) {
    const wish = await wishOf(request, context);
    if (wish instanceof Response) return wish;
    const text = context.settings["intensity"];
    if (text === undefined)
      return problem(
        503,
        "The grid's CO2 intensity is not known: the operator sets SMP_X_CO2_INTENSITY to a CSV file with the columns start and g_per_kwh.",
      );
    const intensity = readIntensity(text);
    const hours = new Map<number, Sum>();
    const total = emptySum();
    for (const [start, bucket] of await quartersOf(wish, context)) {
      if (!bucket || bucket.importWh === null) continue;
      const hour = Math.floor(start / HOUR_MS) * HOUR_MS;
      const sum = hours.get(hour) ?? emptySum();
      hours.set(hour, sum);
      for (const one of [sum, total]) add(one, bucket.importWh, intensity(start));
    }
    const { meter, from, to, tz } = wish;
    return Response.json({
      meter,
      from: toOffsetString(from, tz),
      to: toOffsetString(to, tz),
      tz,
      total: answer(total),
      hours: [...hours].map(([start, sum]) => ({ start: toOffsetString(start, tz), ...answer(sum) })),
    });
  },
};
export default output;

/** Energy drawn in Wh, the part of it whose intensity is known, and its CO2 in mg. */
interface Sum {
  wh: number;
  knownWh: number;
  milligrams: number;
}
const emptySum = (): Sum => ({ wh: 0, knownWh: 0, milligrams: 0 });

function add(sum: Sum, wh: number, gramsPerKwh: number | undefined): void {
  sum.wh += wh;
  if (gramsPerKwh === undefined) return;
  sum.knownWh += wh;
  sum.milligrams += wh * gramsPerKwh;
}

/** What is not known is not guessed: it is counted beside the rest, and in no average. */
const answer = ({ wh, knownWh, milligrams }: Sum): object => ({
  import_kwh: Number(kwh(wh)),
  unknown_kwh: Number(kwh(wh - knownWh)),
  co2_g: knownWh === 0 ? null : Math.round(milligrams / 1_000),
  average_g_per_kwh: knownWh === 0 ? null : Math.round(milligrams / knownWh),
});

/**
 * Reads `start,g_per_kwh`, with or without a head. A value counts until the next one, but for an hour at most, so that a hole in
 * the series stays one.
 */
function readIntensity(text: string): (startMs: number) => number | undefined {
  const rows = text
    .split(/\r?\n/)
    .map((line) => line.split(/[,;]/))
    .flatMap(([start = "", grams = ""]): [number, number][] => {
      const ms = parseInstant(start.trim(), "UTC");
      const value = Number(grams);
      return ms === undefined || grams.trim() === "" || !(value >= 0) ? [] : [[ms, value]];
    })
    .sort((a, b) => a[0] - b[0]);
  const byQuarter = new Map<number, number>();
  for (const [index, [start, value]] of rows.entries()) {
    const end = Math.min(rows[index + 1]?.[0] ?? Infinity, start + HOUR_MS);
    for (let quarter = start; quarter < end; quarter += QUARTER_HOUR_MS) byQuarter.set(quarter, value);
  }
  return (start) => byQuarter.get(start);
}

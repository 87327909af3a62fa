import { DAY_MS, HOUR_MS, QUARTER_HOUR_MS } from "@smp/schemas";
import type { Quarter } from "../energy/energy.ts";
import { dirtyOf, dirtySql, keyOf, quarterMarks, type Quarterly } from "./marks.ts";
import { OTHERS_AT, packedQuarter, quarterColumns } from "./packed.ts";
import { quartersSql, type Tables } from "./schema.ts";
import { knownForms, list, timeLiteral, unpack, type Row } from "./sql.ts";
import type { QuarterRange } from "../energy/series.ts";
import { segmentSql, type Swaps } from "../energy/swaps.ts";

/** Meters times days above which a query is heavy. */
const HEAVY_METER_DAYS = 31;

/** What the questions need: the server, the tables, and what is known of meters. */
export interface Asking {
  query: (sql: string, heavy?: boolean) => Promise<Row[]>;
  pair: (first: string, second: string) => Promise<[Row[], Row[]]>;
  tables: Tables;
  swaps: Swaps;
  /** What was received of a meter before it is deleted; 0 when nothing is. */
  deletedBefore: (meter: string) => number;
  /** Quarter hours before it are let go. */
  rollUpMs: number;
  /** Instead of FOLD_IN_SQL_ABOVE. */
  foldInSqlAbove?: number | undefined;
}

/** A quarter hour as the table `quarters` holds it. */
export interface Rolled {
  quarter: Quarter;
  /** When the earliest of its readings was received. */
  received: number;
  cuts: number;
}

/** The sum of the instants of the exchanges inside a quarter hour, which `cuts` holds. */
export const cutsIn = (swaps: readonly number[], { firstMs, lastMs }: Quarter): number =>
  swaps.reduce((sum, at) => (firstMs < at && at <= lastMs ? sum + at : sum), 0);

/** Rolled-up quarter hours that count: not those of readings that are deleted, or let go. */
export function rolledWhere({ meters, from, to }: QuarterRange, { deletedBefore, rollUpMs }: Asking): string {
  const deleted = meters.flatMap((meter) => {
    const before = deletedBefore(meter);
    return before > 0 ? ` AND NOT (meter = '${meter}' AND received < ${before})` : "";
  });
  return `WHERE meter IN (${list(meters)}) AND ts >= ${timeLiteral(Math.max(from, rollUpMs))} AND ts < ${timeLiteral(to)} AND n > 0${deleted.join("")}`;
}

const isHeavy = ({ meters, from, to }: QuarterRange): boolean =>
  (meters.length * (to - from)) / DAY_MS > HEAVY_METER_DAYS;

/** Asks for rolled-up quarter hours, in order of time, as they lie there: by meters the server would have to sort them. */
const rolledSql = (asking: Asking, range: QuarterRange): string =>
  `SELECT ${quarterColumns("ts::long", ["received", "cuts"])} FROM ${asking.tables.quarters} ${rolledWhere(range, asking)} ORDER BY ts`;

function rolledOf(row: Row): Rolled {
  const packed = unpack(row);
  const [received, cuts] = packed.numbers.slice(OTHERS_AT);
  return { quarter: packedQuarter(packed), received: received ?? 0, cuts: cuts ?? 0 };
}

export const readRolled = async (asking: Asking, range: QuarterRange): Promise<Rolled[]> =>
  (await asking.query(rolledSql(asking, range), isHeavy(range))).map(rolledOf);

/** Quarter hours in order of time, in stretches without long holes: each is one question about raw readings. */
function stretchesOf(quarters: readonly Quarterly[]): QuarterRange[] {
  const stretches: { meters: Set<string>; from: number; to: number }[] = [];
  for (const { meter, from } of quarters) {
    const stretch = stretches.at(-1);
    const to = from + QUARTER_HOUR_MS;
    if (stretch && from - stretch.to <= HOUR_MS) {
      stretch.meters.add(meter);
      stretch.to = to;
    } else stretches.push({ meters: new Set([meter]), from, to });
  }
  return stretches.map(({ meters, ...time }) => ({ meters: [...meters], ...time }));
}

async function readFresh(asking: Asking, range: QuarterRange): Promise<Rolled[]> {
  const { tables, swaps } = asking;
  const cuts = swaps.within(range.meters, range.from, range.to);
  const segment = segmentSql(cuts, (meter) => `'${meter}'`, timeLiteral);
  return (await asking.query(quartersSql(tables, range, segment), isHeavy(range))).map((row) => {
    const rolled = rolledOf(row);
    return { ...rolled, cuts: cutsIn(swaps.of(rolled.quarter.meter), rolled.quarter) };
  });
}

/**
 * What counts of a dirty quarter hour: the raw readings, as long as they are all there. Where some were let go, the roll-up
 * stays; of an exchange inside that it does not know, what was counted across can no longer be taken away: nothing counts.
 */
function choose(fresh: Rolled | undefined, kept: Rolled | undefined, swaps: Swaps): Rolled | undefined {
  if (!kept) return fresh;
  const [a, b] = [fresh?.quarter, kept.quarter];
  if (a && a.readings >= b.readings && a.firstMs <= b.firstMs && a.lastMs >= b.lastMs) return fresh;
  const cuts = cutsIn(swaps.of(b.meter), b);
  if (cuts === kept.cuts) return kept;
  const without = (counter: Quarter["imported"]): Quarter["imported"] =>
    counter && { ...counter, gained: null };
  return {
    ...kept,
    cuts,
    quarter: { ...b, imported: without(b.imported), exported: without(b.exported) },
  };
}

/** Dirty quarter hours, in order of time, as they are to be rolled up; raw first: what is let go meanwhile is rolled up by then. */
export async function readChosen(asking: Asking, dirty: readonly Quarterly[]): Promise<Map<string, Rolled>> {
  const wanted = new Set(dirty.map(keyOf));
  const byKey = (all: readonly Rolled[]): Map<string, Rolled> =>
    new Map(all.map((each) => [keyOf(each.quarter), each]));
  const chosen = new Map<string, Rolled>();
  for (const stretch of stretchesOf(dirty)) {
    const fresh = byKey(await readFresh(asking, stretch));
    const kept = byKey(await readRolled(asking, stretch));
    for (const key of new Set([...fresh.keys(), ...kept.keys()])) {
      const rolled = wanted.has(key) ? choose(fresh.get(key), kept.get(key), asking.swaps) : undefined;
      if (rolled) chosen.set(key, rolled);
    }
  }
  return chosen;
}

/** Quarter hours in order of time: rolled-up ones, and the dirty ones from the raw readings. */
export async function readQuarters(asking: Asking, range: QuarterRange): Promise<Quarter[]> {
  const meters = knownForms(range.meters);
  const from = Math.max(range.from, asking.rollUpMs);
  if (meters.length === 0 || from >= range.to) return [];
  const known = { meters, from, to: range.to };
  // In this order: what is rolled up and then no longer dirty is in the table by the time that is asked.
  const [marks, table] = [dirtySql(quarterMarks(asking.tables), known), rolledSql(asking, known)];
  const [undone, rows] = isHeavy(known)
    ? [await asking.query(marks), await asking.query(table, true)]
    : await asking.pair(marks, table);
  const [dirty, rolled] = [dirtyOf(undone), rows.map((row) => packedQuarter(unpack(row)))];
  if (dirty.length === 0) return rolled;
  const chosen = await readChosen(asking, dirty);
  const replaced = new Set(dirty.map(keyOf));
  return rolled
    .filter((quarter) => !replaced.has(keyOf(quarter)))
    .concat([...chosen.values()].map(({ quarter }) => quarter))
    .sort((a, b) => a.from - b.from);
}

import { QUARTER_HOUR_MS } from "@smp/schemas";
import type { QuarterRange } from "../energy/series.ts";
import type { Tables } from "./schema.ts";
import { list, numberOf, type Row } from "./sql.ts";

// What the marks of meters say of changes: asked of the server as sums or one by one, and compared.

/** Changes that lie farther apart, or in more pieces, are not looked at one by one. */
export const RANGE_MS_MAX: number = 8 * QUARTER_HOUR_MS;
const RANGES_MAX = 4;

/** Asks how far the tables are: the state of the marks, and whether all readings that are committed can be seen. */
export const progressSql = (tables: Tables): string =>
  `SELECT name, writerTxn, sequencerTxn FROM wal_tables() WHERE name IN ('${tables.marks}', '${tables.readings}')`;

export function progressOf(tables: Tables, rows: readonly Row[]): { marksTxn: number; isSettled: boolean } {
  const of = (table: string, column: string): number =>
    numberOf(rows.find(({ name }) => name === table)?.[column]) ?? NaN;
  return {
    marksTxn: of(tables.marks, "writerTxn"),
    isSettled: of(tables.readings, "writerTxn") >= of(tables.readings, "sequencerTxn"),
  };
}

export const sumsSql = (tables: Tables, meters: readonly string[], since: number): string => `
  SELECT meter, sum(mark)::varchar AS sum, sum(CASE WHEN quarter < ${since} THEN mark ELSE 0 END)::varchar AS old,
    max(quarter) AS newest
  FROM ${tables.marks} WHERE done = 0 AND meter IN (${list(meters)}) GROUP BY meter`;

export const marksSql = (tables: Tables, meters: readonly string[]): string =>
  `SELECT meter, ts::long AS written_us, quarter, mark FROM ${tables.marks} WHERE done = 0 AND meter IN (${list(meters)})`;

/** The marks of meters, by the time of writing and the quarter hour. */
export function marksOf(rows: readonly Row[]): Map<string, Map<string, number>> {
  const marks = new Map<string, Map<string, number>>();
  for (const row of rows) {
    const meter = String(row["meter"]);
    const own = marks.get(meter) ?? new Map<string, number>();
    marks.set(meter, own);
    own.set(`${String(row["written_us"])} ${String(row["quarter"])}`, numberOf(row["mark"]) ?? 0);
  }
  return marks;
}

const quarterIn = (key: string): number => Number(key.split(" ")[1]);

/** A sum as the server tells it. */
export const sumIn = (value: unknown): string => (typeof value === "string" ? value : "0");
/** Of quarter hours before an instant. */
export const sumOf = (marks: ReadonlyMap<string, number>, before: number = Infinity): string =>
  BigInt.asIntN(
    64,
    [...marks].reduce((sum, [key, mark]) => (quarterIn(key) < before ? sum + BigInt(mark) : sum), 0n),
  ).toString();

/** The quarter hours that have other marks than before. */
export const newIn = (
  marks: ReadonlyMap<string, number> = new Map(),
  before: ReadonlyMap<string, number> = new Map(),
): number[] => [...marks].flatMap(([key, mark]) => (before.get(key) === mark ? [] : quarterIn(key)));

/** Meters whose changes lie near each other, in few ranges; and the others. */
export function rangesOf(changes: readonly { meter: string; quarters: readonly number[] }[]): {
  ranges: QuarterRange[];
  apart: string[];
} {
  const ranges: { meters: string[]; from: number; to: number }[] = [];
  const apart: string[] = [];
  const spans = changes
    .filter(({ quarters }) => quarters.length > 0)
    .map(({ meter, quarters }) => ({
      meter,
      from: Math.min(...quarters),
      to: Math.max(...quarters) + QUARTER_HOUR_MS,
    }))
    .sort((a, b) => a.from - b.from);
  for (const { meter, from, to } of spans) {
    const last = ranges.at(-1);
    if (last && to - last.from <= RANGE_MS_MAX) {
      last.meters.push(meter);
      last.to = Math.max(last.to, to);
    } else if (to - from <= RANGE_MS_MAX && ranges.length < RANGES_MAX)
      ranges.push({ meters: [meter], from, to });
    else apart.push(meter);
  }
  return { ranges, apart };
}

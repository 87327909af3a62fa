import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import { QUARTER_HOUR_MS } from "@smp/schemas";
import { cellOf, numbersOf } from "./duckdb-numbers.ts";
import { columnsOf } from "./duckdb-columns.ts";
import { aggregateSql, QUARTER_COLUMNS } from "./duckdb-schema.ts";
import type { Names } from "./duckdb-names.ts";
import { wholeQuarters, type Counter, type Quarter } from "./energy.ts";
import { segmentSql, type Swaps } from "./swaps.ts";

/** Meters by number. */
export interface StoredRange {
  meters: readonly number[];
  /** Counted in quarter hours since 1970; `to` is exclusive. */
  from: number;
  to: number;
}

/**
 * A table expression of the quarter hours: rolled-up ones, and the dirty ones straight from the raw readings. To be
 * used in the same transaction; undefined when there are none.
 */
export async function quartersSql(
  connection: DuckDBConnection,
  range: StoredRange,
  segment: string,
): Promise<string | undefined> {
  if (range.meters.length === 0) return undefined;
  const where = `meter IN (${range.meters.join(", ")}) AND b >= ${range.from} AND b < ${range.to}`;
  const [first = [], last = []] = await columnsOf(
    connection,
    `SELECT min(b), max(b) FROM dirty WHERE ${where}`,
  );
  if (typeof first[0] !== "number") return `SELECT ${QUARTER_COLUMNS} FROM quarters WHERE ${where}`;
  const tail = aggregateSql(
    `FROM readings
    SEMI JOIN dirty ON readings.meter = dirty.meter AND (readings.ts // ${QUARTER_HOUR_MS})::INTEGER = dirty.b
    WHERE readings.meter IN (${range.meters.join(", ")})
      AND readings.ts >= ${first[0] * QUARTER_HOUR_MS} AND readings.ts < ${(Number(last[0]) + 1) * QUARTER_HOUR_MS}`,
    segment,
  );
  return `SELECT * FROM (SELECT ${QUARTER_COLUMNS} FROM quarters WHERE ${where}) ANTI JOIN dirty USING (meter, b) UNION ALL (${tail})`;
}

/** Numbers the stretches between the swaps of some meters in a range. */
export function segmentOf(range: StoredRange, { names, swaps }: { names: Names; swaps: Swaps }): string {
  const meters = range.meters.map((id) => names.name(id));
  const inside = swaps.within(meters, range.from * QUARTER_HOUR_MS, range.to * QUARTER_HOUR_MS);
  return segmentSql(inside, (meter) => String(names.id(meter) ?? -1), String);
}

const number = (value: DuckDBValue | undefined): number | null =>
  typeof value === "number" ? value : typeof value === "bigint" ? Number(value) : null;

/** Quarter hours in order of meter and time. */
export async function readQuarters(
  connection: DuckDBConnection,
  range: StoredRange,
  { names, swaps }: { names: Names; swaps: Swaps },
): Promise<Quarter[]> {
  const sql = await quartersSql(connection, range, segmentOf(range, { names, swaps }));
  if (sql === undefined) return [];
  const columns = await numbersOf(connection, sql, "meter, b");
  const cell = (column: number, row: number): number | null => cellOf(columns[column], row);
  const counter = (column: number, row: number): Counter | null => {
    const first = cell(column, row);
    if (first === null) return null;
    return {
      first,
      last: cell(column + 1, row) ?? first,
      gained: cell(column + 2, row),
      firstMs: cell(column + 3, row) ?? 0,
      lastMs: cell(column + 4, row) ?? 0,
    };
  };
  return Array.from({ length: columns[0]?.length ?? 0 }, (_, row) => ({
    meter: names.name(cell(0, row) ?? -1),
    from: (cell(1, row) ?? 0) * QUARTER_HOUR_MS,
    readings: cell(2, row) ?? 0,
    firstMs: cell(3, row) ?? 0,
    lastMs: cell(4, row) ?? 0,
    imported: counter(5, row),
    exported: counter(10, row),
    powerSum: cell(15, row) ?? 0,
    powerCount: cell(16, row) ?? 0,
    powerMin: cell(17, row),
    powerMax: cell(18, row),
  }));
}

/** How far beyond a range the counters' next readings are looked for, in quarter hours; first near, where most are. */
const STRETCH_QUARTERS_NEAR = 96;
const STRETCH_QUARTERS_MAX = 366 * 96;

/**
 * As `neighbours`, but the nearest quarter hours that hold each counter: the farther one of import and export. Dirty ones
 * count as if they held both, which only makes the range longer than it need be when there are others.
 */
export async function counterNeighbours(
  connection: DuckDBConnection,
  meter: number,
  from: number,
  to: number,
): Promise<{ before: number; after: number }> {
  let found = await countersWithin(connection, meter, from, to, STRETCH_QUARTERS_NEAR);
  if (found.counters.includes(null))
    found = await countersWithin(connection, meter, from, to, STRETCH_QUARTERS_MAX);
  const [importBefore, exportBefore, importAfter, exportAfter] = found.counters;
  const [dirtyBefore, dirtyAfter] = found.dirty;
  return {
    before: Math.min(...[importBefore, exportBefore, dirtyBefore].map((value) => value ?? from)),
    after: Math.max(...[importAfter, exportAfter, dirtyAfter].map((value) => value ?? to)),
  };
}

/** The nearest quarter hours with each counter before and after, and the farthest dirty ones, at most `reach` away. */
async function countersWithin(
  connection: DuckDBConnection,
  meter: number,
  from: number,
  to: number,
  reach: number,
): Promise<{ counters: (number | null)[]; dirty: (number | null)[] }> {
  const where = `meter = ${meter} AND b >= ${from - reach} AND b <= ${to + reach}`;
  const columns = await columnsOf(
    connection,
    `SELECT max(b) FILTER (b < ${from} AND i), max(b) FILTER (b < ${from} AND e),
       min(b) FILTER (b >= ${to} AND i), min(b) FILTER (b >= ${to} AND e),
       min(b) FILTER (b < ${from} AND d), max(b) FILTER (b >= ${to} AND d)
     FROM (SELECT b, imp_first IS NOT NULL AS i, exp_first IS NOT NULL AS e, false AS d
       FROM quarters ANTI JOIN dirty USING (meter, b) WHERE ${where}
       UNION ALL SELECT b, false, false, true FROM dirty WHERE ${where})`,
  );
  const found = columns.map(([value]) => number(value));
  return { counters: found.slice(0, 4), dirty: found.slice(4) };
}

/** The last quarter hour with a reading before `from` and the first one from `to` on; the bounds themselves when there is none. */
export async function neighbours(
  connection: DuckDBConnection,
  meter: number,
  from: number,
  to: number,
): Promise<{ before: number; after: number }> {
  const all = `(SELECT meter, b FROM quarters UNION ALL SELECT meter, b FROM dirty)`;
  const [before = [], after = []] = await columnsOf(
    connection,
    `SELECT max(b) FILTER (b < ${from}), min(b) FILTER (b >= ${to}) FROM ${all} WHERE meter = ${meter}`,
  );
  return { before: number(before[0]) ?? from, after: number(after[0]) ?? to };
}

/** A meter's quarter hours that touch a range, from the neighbour before it to the one after it, as `find` finds them. */
export async function quartersAround(
  connection: DuckDBConnection,
  meter: number,
  range: { from: number; to: number },
  find: typeof neighbours,
  state: { names: Names; swaps: Swaps },
): Promise<Quarter[]> {
  const { from, to } = wholeQuarters(range);
  const { before, after } = await find(connection, meter, from / QUARTER_HOUR_MS, to / QUARTER_HOUR_MS);
  return readQuarters(connection, { meters: [meter], from: before, to: after + 1 }, state);
}

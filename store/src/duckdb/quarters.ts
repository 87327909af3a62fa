import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import { QUARTER_HOUR_MS } from "@smp/schemas";
import { timesOf } from "../around.ts";
import { cellOf, numbersOf } from "./numbers.ts";
import { columnsOf } from "./columns.ts";
import { aggregateSql, QUARTER_COLUMNS } from "./schema.ts";
import type { DirtyQuarters } from "./dirty.ts";
import type { Names } from "./names.ts";
import { transaction, type Database } from "./open.ts";
import { wholeQuarters, type Counter, type Quarter } from "../energy.ts";
import { segmentSql, type Swaps } from "../swaps.ts";

/** Meters by number. */
export interface StoredRange {
  meters: readonly number[];
  /** Counted in quarter hours since 1970; `to` is exclusive. */
  from: number;
  to: number;
}

/** What quarter hours are read from. */
interface Source {
  database: Database;
  dirty: DirtyQuarters;
  names: Names;
  swaps: Swaps;
}

const within = ({ meters, from, to }: StoredRange): string =>
  `meter IN (${meters.join(", ")}) AND b >= ${from} AND b < ${to}`;
const rolledUpSql = (range: StoredRange): string =>
  `SELECT ${QUARTER_COLUMNS} FROM quarters WHERE ${within(range)}`;

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
  const where = within(range);
  const [first = [], last = []] = await columnsOf(
    connection,
    `SELECT min(b), max(b) FROM dirty WHERE ${where}`,
  );
  if (typeof first[0] !== "number") return rolledUpSql(range);
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

/** Quarter hours, each meter's in order of time, in the connection's transaction. */
async function quartersIn(
  connection: DuckDBConnection,
  range: StoredRange,
  { names, swaps }: { names: Names; swaps: Swaps },
): Promise<Quarter[]> {
  const sql = await quartersSql(connection, range, segmentOf(range, { names, swaps }));
  return sql === undefined ? [] : quartersOf(connection, sql, names);
}

/** The same by themselves: in one statement when none is dirty, as of all days but today. */
export async function readQuarters(opened: Source, range: StoredRange): Promise<Quarter[]> {
  const { database, dirty, names } = opened;
  if (range.meters.length === 0) return [];
  // Looked up when the connection is free: what is written until the statement begins may be missed, as if it came later.
  return database.ask((connection) =>
    dirty.within(range)
      ? transaction(connection, () => quartersIn(connection, range, opened))
      : quartersOf(connection, rolledUpSql(range), names),
  );
}

async function quartersOf(connection: DuckDBConnection, sql: string, names: Names): Promise<Quarter[]> {
  const columns = await numbersOf(connection, sql);
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
  const quarters = Array.from({ length: columns[0]?.length ?? 0 }, (_, row) => ({
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
  return inOrder(quarters) ? quarters : quarters.sort((a, b) => a.from - b.from);
}

/** Whether each meter's are in order of time. They lie so, but for those that were rolled up late or anew. */
function inOrder(quarters: readonly Quarter[]): boolean {
  const last = new Map<string, number>();
  return quarters.every(({ meter, from }) => {
    const before = last.get(meter) ?? -Infinity;
    last.set(meter, from);
    return before < from;
  });
}

/** How far beyond a range the counters' next readings are looked for first, in quarter hours: most are near. */
const NEAR_QUARTERS = 96;

/** Finds the quarter hours around a range, all counted in quarter hours, that `around` is to read. */
type FindAround = (
  connection: DuckDBConnection,
  meter: number,
  from: number,
  to: number,
) => Promise<number[]>;

/** The nearest quarter hours that hold each counter, however far away; and all dirty ones, which may hold it. */
export const counterNeighbours: FindAround = async (connection, meter, from, to) => {
  let counters = await countersWithin(connection, meter, from, to, NEAR_QUARTERS);
  if (counters.includes(null)) counters = await countersWithin(connection, meter, from, to);
  const [dirty = []] = await columnsOf(connection, `SELECT b FROM dirty WHERE meter = ${meter}`);
  return [...counters, ...dirty.map(number)].filter((b) => b !== null);
};

/** The nearest quarter hours with each counter before and after, of those that are not dirty; at most `reach` away. */
async function countersWithin(
  connection: DuckDBConnection,
  meter: number,
  from: number,
  to: number,
  reach?: number,
): Promise<(number | null)[]> {
  const near = reach === undefined ? "" : `AND b >= ${from - reach} AND b <= ${to + reach}`;
  const columns = await columnsOf(
    connection,
    `SELECT max(b) FILTER (b < ${from} AND imp_first IS NOT NULL), max(b) FILTER (b < ${from} AND exp_first IS NOT NULL),
       min(b) FILTER (b >= ${to} AND imp_first IS NOT NULL), min(b) FILTER (b >= ${to} AND exp_first IS NOT NULL)
     FROM quarters ANTI JOIN (FROM dirty WHERE meter = ${meter}) USING (meter, b) WHERE meter = ${meter} ${near}`,
  );
  return columns.map(([value]) => number(value));
}

/** The last quarter hour with a reading before a range and the first one after it. */
export const neighbours: FindAround = async (connection, meter, from, to) => {
  const all = `(SELECT meter, b FROM quarters UNION ALL SELECT meter, b FROM dirty)`;
  const found = await columnsOf(
    connection,
    `SELECT max(b) FILTER (b < ${from}), min(b) FILTER (b >= ${to}) FROM ${all} WHERE meter = ${meter}`,
  );
  return found.map(([value]) => number(value)).filter((b) => b !== null);
};

/** A meter's quarter hours that touch a range, and those around it that `find` finds; in order. */
export async function quartersAround(
  connection: DuckDBConnection,
  meter: number,
  range: { from: number; to: number },
  find: FindAround,
  state: { names: Names; swaps: Swaps },
): Promise<Quarter[]> {
  const { from, to } = wholeQuarters(range);
  const found = await find(connection, meter, from / QUARTER_HOUR_MS, to / QUARTER_HOUR_MS);
  const quarters: Quarter[] = [];
  for (const time of timesOf(
    { from, to },
    found.map((b) => b * QUARTER_HOUR_MS),
  )) {
    const stored = { from: time.from / QUARTER_HOUR_MS, to: time.to / QUARTER_HOUR_MS };
    quarters.push(...(await quartersIn(connection, { meters: [meter], ...stored }, state)));
  }
  return quarters;
}

import type { DuckDBConnection } from "@duckdb/node-api";
import { QUARTER_HOUR_MS } from "@smp/schemas";
import { cellOf, numbersOf } from "./numbers.ts";
import { columnsOf } from "./columns.ts";
import { aggregateSql, QUARTER_COLUMNS } from "./schema.ts";
import type { DirtyQuarters } from "./dirty.ts";
import type { Names } from "./names.ts";
import { transaction, type Database } from "./open.ts";
import type { Counter, Quarter } from "../energy/energy.ts";
import { segmentSql, type Swaps } from "../energy/swaps.ts";

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

/** Quarter hours, each meter's in order of time, in the connection's transaction. */
export async function quartersIn(
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

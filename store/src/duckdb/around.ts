import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import { QUARTER_HOUR_MS } from "@smp/schemas";
import { timesOf } from "../energy/around.ts";
import { columnsOf } from "./columns.ts";
import type { Opened } from "./opened.ts";
import { quartersIn } from "./quarters.ts";
import { wholeQuarters, type Quarter } from "../energy/energy.ts";

/** How far beyond a range the counters' next readings are looked for first, in quarter hours: most are near. */
const NEAR_QUARTERS = 96;

/** Finds the quarter hours around a range, all counted in quarter hours, that `around` is to read. */
type FindAround = (
  connection: DuckDBConnection,
  meter: number,
  from: number,
  to: number,
) => Promise<number[]>;

const number = (value: DuckDBValue | undefined): number | null =>
  typeof value === "number" ? value : typeof value === "bigint" ? Number(value) : null;

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
  state: Opened,
  { meter: name, ...asked }: { meter: string; from: number; to: number },
  find: FindAround,
): Promise<Quarter[]> {
  const meter = state.names.id(name);
  if (meter === undefined || asked.from >= asked.to) return [];
  const { from, to } = wholeQuarters(asked);
  await state.upkeep.rollUpFor([meter]);
  return state.database.read(async (connection) => {
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
  });
}

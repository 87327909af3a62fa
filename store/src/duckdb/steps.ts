import type { DuckDBConnection } from "@duckdb/node-api";
import { QUARTER_HOUR_MS } from "@smp/schemas";
import { counterNeighbours, quartersAround } from "./around.ts";
import { DAY_QUARTERS, energySql, followsSql } from "./days.ts";
import { cellOf, numbersOf } from "./numbers.ts";
import type { Opened } from "./opened.ts";
import { stepsOf, wholeQuarters } from "../energy/energy.ts";
import type { EnergySteps } from "../store.ts";

/** The energy between two readings, of a long range by the database. */
export async function readSteps(
  state: Opened,
  query: { meter: string; from: number; to: number },
): Promise<EnergySteps> {
  const { database, dirty, names, swaps, upkeep, foldInSqlAbove } = state;
  const id = names.id(query.meter);
  if (id === undefined || query.from >= query.to) return { quarters: [], stretches: [] };
  if ((query.to - query.from) / QUARTER_HOUR_MS > foldInSqlAbove)
    await upkeep.rollUp(new Set([id]), Infinity);
  if (dirty.before(Infinity, new Set([id])).length === 0)
    return database.read((connection) => stepsInSql(connection, id, query));
  return stepsOf(await quartersAround(state, query, counterNeighbours), swaps.of(query.meter), query);
}

/** What energy.ts finds by stepsOf, of quarter hours that are all rolled up. */
async function stepsInSql(
  connection: DuckDBConnection,
  meter: number,
  range: { from: number; to: number },
): Promise<EnergySteps> {
  const whole = wholeQuarters(range);
  const [first, end] = [whole.from / QUARTER_HOUR_MS, whole.to / QUARTER_HOUR_MS];
  const [starts = new Float64Array(), imported, exported] = await numbersOf(
    connection,
    `SELECT b, ${energySql("imp")} AS imp_wh, ${energySql("exp")} AS exp_wh FROM quarters
     WHERE meter = ${meter} AND b >= ${first} AND b < ${end} ORDER BY b`,
  );
  // Few days have gaps, so that the others need not be asked.
  const holed = `quarters SEMI JOIN (SELECT d FROM days WHERE meter = ${meter} AND gaps > 0 AND d * ${DAY_QUARTERS} < ${end}) holed
    ON quarters.b // ${DAY_QUARTERS} = holed.d`;
  const gaps = (counter: number, name: string): string => `
    SELECT ${counter} AS counter, ${name}_last_ms AS start, ${name}_next_ms AS stop, ${name}_next AS wh FROM ${holed}
    WHERE meter = ${meter} AND NOT ${followsSql(name)} AND ${name}_last_ms < ${range.to} AND ${name}_next_ms > ${range.from}`;
  const [counters = new Float64Array(), from, to, wh] = await numbersOf(
    connection,
    `${gaps(0, "imp")} UNION ALL ${gaps(1, "exp")} ORDER BY counter, start`,
  );
  return {
    quarters: Array.from(starts, (b, row) => ({
      from: b * QUARTER_HOUR_MS,
      importWh: cellOf(imported, row),
      exportWh: cellOf(exported, row),
    })),
    stretches: Array.from(counters, (counter, row) => ({
      from: cellOf(from, row) ?? 0,
      to: cellOf(to, row) ?? 0,
      importWh: counter === 0 ? cellOf(wh, row) : null,
      exportWh: counter === 0 ? null : cellOf(wh, row),
    })),
  };
}

import type { DuckDBConnection } from "@duckdb/node-api";
import { QUARTER_HOUR_MS } from "@smp/schemas";
import { meterOf, quarterOf, type DirtyQuarters } from "./duckdb-dirty.ts";
import type { Names } from "./duckdb-names.ts";
import { writeStates } from "./duckdb-newest.ts";
import { aggregateSql, QUARTER_COLUMNS } from "./duckdb-schema.ts";
import type { LatestReadings } from "./latest.ts";

export interface RollUpState {
  names: Names;
  latest: LatestReadings;
  dirty: DirtyQuarters;
}

/** Per meter: the stretch that is rolled up, and the nearest quarter hours around it that have each counter. */
const SPAN = `
  SELECT meter, low, high,
    max(b) FILTER (b < low AND imp_first IS NOT NULL) AS imp_before, max(b) FILTER (b < low AND exp_first IS NOT NULL) AS exp_before,
    min(b) FILTER (b > high AND imp_first IS NOT NULL) AS imp_after, min(b) FILTER (b > high AND exp_first IS NOT NULL) AS exp_after
  FROM quarters JOIN (SELECT meter, min(b) AS low, max(b) AS high FROM batch GROUP BY meter) USING (meter)
  GROUP BY meter, low, high`;

/** Joins what stays to what is new: all between, and the neighbours on both sides. */
const NEIGHBOURS = `
  INSERT INTO chain
  SELECT quarters.* FROM quarters JOIN (${SPAN}) span ON quarters.meter = span.meter
    AND (quarters.b BETWEEN low AND high OR quarters.b IN (imp_before, exp_before, imp_after, exp_after))
  ANTI JOIN batch ON quarters.meter = batch.meter AND quarters.b = batch.b`;

const link = (name: string): string => `
  CASE WHEN b < ${name}_low THEN ${name}_next
    WHEN ${name}_first IS NOT NULL THEN greatest(lead(${name}_first IGNORE NULLS) OVER w - ${name}_last, 0) END AS ${name}_next,
  CASE WHEN b < ${name}_low THEN ${name}_next_ms
    WHEN ${name}_first IS NOT NULL THEN lead(${name}_first_ms IGNORE NULLS) OVER w END AS ${name}_next_ms`;

/**
 * Writes the chain with the differences between its links. A neighbour before is written for the counter whose
 * neighbour it is; between it and the stretch there may be quarter hours with the other counter. Those after stay.
 */
const LINKED = `
  INSERT INTO quarters
  SELECT ${QUARTER_COLUMNS}, imp_next, imp_next_ms, exp_next, exp_next_ms FROM (
    SELECT ${QUARTER_COLUMNS}, high, ${link("imp")}, ${link("exp")}
    FROM (
      SELECT chain.*, span.high,
        coalesce(max(b) FILTER (b < low AND imp_first IS NOT NULL) OVER (PARTITION BY meter), low) AS imp_low,
        coalesce(max(b) FILTER (b < low AND exp_first IS NOT NULL) OVER (PARTITION BY meter), low) AS exp_low
      FROM chain JOIN (SELECT meter, min(b) AS low, max(b) AS high FROM batch GROUP BY meter) span USING (meter))
    WINDOW w AS (PARTITION BY meter ORDER BY b))
  WHERE b <= high`;

/** Rolls up the given quarter hours in the connection's transaction, and writes down their meters' newest values. */
export async function rollUp(
  connection: DuckDBConnection,
  keys: readonly number[],
  { names, latest, dirty }: RollUpState,
): Promise<void> {
  const quarters = keys.map(quarterOf);
  const from = quarters.reduce((a, b) => Math.min(a, b), Infinity);
  const to = quarters.reduce((a, b) => Math.max(a, b), -Infinity) + 1;
  await connection.run("DELETE FROM batch");
  await dirty.write(connection, keys, "batch");
  await connection.run(
    `DELETE FROM dirty USING batch
     WHERE dirty.b >= ${from} AND dirty.b < ${to} AND dirty.meter = batch.meter AND dirty.b = batch.b`,
  );
  await connection.run("DELETE FROM chain");
  await connection.run(
    `INSERT INTO chain (${QUARTER_COLUMNS}) ${aggregateSql(`FROM readings SEMI JOIN batch
       ON readings.meter = batch.meter AND (readings.ts // ${QUARTER_HOUR_MS})::INTEGER = batch.b
       WHERE readings.ts >= ${from * QUARTER_HOUR_MS} AND readings.ts < ${to * QUARTER_HOUR_MS}`)}`,
  );
  await connection.run(NEIGHBOURS);
  await connection.run(
    `DELETE FROM quarters USING chain
     WHERE quarters.b < ${to} AND quarters.meter = chain.meter AND quarters.b = chain.b
       AND chain.b <= (SELECT max(b) FROM batch WHERE batch.meter = chain.meter)`,
  );
  await connection.run(LINKED);
  const states = [...new Set(keys.map(meterOf))].flatMap((id) => latest.get(names.name(id)) ?? []);
  await writeStates(connection, states, (name) => names.id(name) ?? -1);
}

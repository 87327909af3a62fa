import type { DuckDBConnection } from "@duckdb/node-api";
import { QUARTER_HOUR_MS } from "@smp/schemas";
import { meterOf, quarterOf, type DirtyQuarters } from "./duckdb-dirty.ts";
import type { Names } from "./duckdb-names.ts";
import { writeStates } from "./duckdb-newest.ts";
import { aggregateSql } from "./duckdb-schema.ts";
import type { LatestReadings } from "./latest.ts";

export interface RollUpState {
  names: Names;
  latest: LatestReadings;
  dirty: DirtyQuarters;
}

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
  for (const table of ["quarters", "dirty"])
    await connection.run(
      `DELETE FROM ${table} USING batch
       WHERE ${table}.b >= ${from} AND ${table}.b < ${to} AND ${table}.meter = batch.meter AND ${table}.b = batch.b`,
    );
  await connection.run(
    `INSERT INTO quarters ${aggregateSql(`FROM readings SEMI JOIN batch
       ON readings.meter = batch.meter AND (readings.ts // ${QUARTER_HOUR_MS})::INTEGER = batch.b
       WHERE readings.ts >= ${from * QUARTER_HOUR_MS} AND readings.ts < ${to * QUARTER_HOUR_MS}`)}`,
  );
  const states = [...new Set(keys.map(meterOf))].flatMap((id) => latest.get(names.name(id)) ?? []);
  await writeStates(connection, states, (name) => names.id(name) ?? -1);
}

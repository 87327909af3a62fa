import { QUARTER_HOUR_MS, type NormalisedReading } from "@smp/schemas";
import type { DuckDBConnection } from "@duckdb/node-api";
import { DAY_QUARTERS } from "./days.ts";
import { keyOf, type DirtyQuarters } from "./dirty.ts";
import type { Names } from "./names.ts";
import { columnsOf, emptyTables } from "./columns.ts";

/** What was let go: raw readings and quarter hours before these instants. */
export interface Expiry {
  rawMs: number;
  rollUpMs: number;
}

export async function loadExpiry(connection: DuckDBConnection): Promise<Expiry> {
  const [raw = [], rollUp = []] = await columnsOf(
    connection,
    "SELECT max(raw_ms)::DOUBLE, max(rollup_ms)::DOUBLE FROM expired",
  );
  return { rawMs: Number(raw[0] ?? 0), rollUpMs: Number(rollUp[0] ?? 0) };
}

/** Lets go of old readings in the connection's transaction, before midnights UTC; all quarter hours before must be rolled up. */
export async function expire(connection: DuckDBConnection, { rawMs, rollUpMs }: Expiry): Promise<void> {
  for (const table of ["readings", "extra"]) await connection.run(`DELETE FROM ${table} WHERE ts < ${rawMs}`);
  await connection.run(`DELETE FROM quarters WHERE b < ${rollUpMs / QUARTER_HOUR_MS}`);
  await connection.run(`DELETE FROM days WHERE d < ${rollUpMs / QUARTER_HOUR_MS / DAY_QUARTERS}`);
  await connection.run("DELETE FROM expired");
  await connection.run(`INSERT INTO expired VALUES (${rawMs}, ${rollUpMs})`);
}

/**
 * Leaves out late readings of quarter hours whose raw readings were let go: their roll-up is final, or it would count the
 * late ones alone. A quarter hour that was never rolled up, as of an import of old data, is taken.
 */
export async function withoutExpired(
  connection: DuckDBConnection,
  readings: readonly NormalisedReading[],
  state: { names: Names; dirty: DirtyQuarters; expiry: Expiry },
): Promise<readonly NormalisedReading[]> {
  const { names, dirty, expiry } = state;
  const old = readings.filter(({ t }) => t < expiry.rawMs);
  if (old.length === 0) return readings;
  const place = ({ meter, t }: NormalisedReading): { meter: number; b: number } => ({
    meter: names.id(meter) ?? -1,
    b: Math.floor(t / QUARTER_HOUR_MS),
  });
  const places = old.map(place).filter(({ meter }) => meter >= 0);
  const keys = [...new Set(places.map(({ meter, b }) => keyOf(meter, b)))];
  await dirty.write(connection, keys, "batch");
  const [meters = [], quarters = []] = await columnsOf(
    connection,
    `SELECT meter, b FROM batch SEMI JOIN quarters USING (meter, b)
     ANTI JOIN (SELECT meter, (ts // ${QUARTER_HOUR_MS})::INTEGER AS b FROM readings WHERE ts < ${expiry.rawMs}) USING (meter, b)`,
  );
  await emptyTables(connection, ["batch"]);
  const final = new Set(meters.map((meter, index) => keyOf(Number(meter), Number(quarters[index]))));
  return readings.filter((reading) => {
    if (reading.t >= expiry.rawMs) return true;
    const { meter, b } = place(reading);
    return reading.t >= expiry.rollUpMs && !final.has(keyOf(meter, b));
  });
}

import {
  BIGINT,
  DOUBLE,
  INTEGER,
  TINYINT,
  VARCHAR,
  type DuckDBConnection,
  type DuckDBValue,
} from "@duckdb/node-api";
import { QUARTER_HOUR_MS } from "@smp/schemas";
import { WIDE } from "../columns.ts";
import type { Names } from "./names.ts";
import { appendColumns, columnsOf } from "./columns.ts";
import { newestExtraSql, newestSql } from "./schema.ts";
import type { LatestReadings, MeterState } from "../latest.ts";

/** Writes down meters' newest values, so that a start need not look for them in all readings. */
export async function writeStates(
  connection: DuckDBConnection,
  states: readonly MeterState[],
  idOf: (name: string) => number,
): Promise<void> {
  if (states.length === 0) return;
  const ids = states.map(({ meter }) => idOf(meter));
  for (const table of ["states", "newest"])
    await connection.run(`DELETE FROM ${table} WHERE meter IN (${ids.join(", ")})`);
  await appendColumns(
    connection,
    "states",
    [INTEGER, INTEGER, BIGINT, BIGINT, BIGINT, TINYINT],
    [
      ids,
      states.map(({ device }) => idOf(device)),
      states.map(({ firstMs }) => BigInt(firstMs)),
      states.map(({ lastMs }) => BigInt(lastMs)),
      states.map(({ received }) => BigInt(received)),
      states.map(({ quality }) => quality),
    ],
  );
  const values = states.flatMap(({ meter, registers }) =>
    [...registers].map(([code, { value, t }]) => ({ id: idOf(meter), code, value, t })),
  );
  await appendColumns(
    connection,
    "newest",
    [INTEGER, VARCHAR, DOUBLE, BIGINT],
    [
      values.map(({ id }) => id),
      values.map(({ code }) => code),
      values.map(({ value }) => value),
      values.map(({ t }) => BigInt(t)),
    ],
  );
}

/** A row of `states`, or of `newestSql`, which begins with the same columns; without registers. */
function stateAt(row: number, columns: readonly DuckDBValue[][], names: Names): MeterState {
  const [meter = 0, device = 0, firstMs = 0, lastMs = 0, received = 0, quality = 0] = columns
    .slice(0, 6)
    .map((column) => Number(column[row]));
  return {
    meter: names.name(meter),
    device: names.name(device),
    firstMs,
    lastMs,
    received,
    quality,
    registers: new Map(),
  };
}

/** The newest values as of the last roll-up, then those of the quarter hours that have changed since. */
export async function loadLatest(
  connection: DuckDBConnection,
  latest: LatestReadings,
  names: Names,
): Promise<void> {
  const states = await columnsOf(
    connection,
    "SELECT meter, device, first_ms::DOUBLE, last_ms::DOUBLE, received::DOUBLE, quality FROM states",
  );
  for (const index of (states[0] ?? []).keys()) latest.set(stateAt(index, states, names));
  const [ids = [], codes = [], values = [], times = []] = await columnsOf(
    connection,
    "SELECT meter, code, value, ts::DOUBLE FROM newest",
  );
  for (const [index, id] of ids.entries())
    latest
      .get(names.name(Number(id)))
      ?.registers.set(String(codes[index]), { value: Number(values[index]), t: Number(times[index]) });
  const [first = [], last = []] = await columnsOf(connection, "SELECT min(b), max(b) FROM dirty");
  if (first[0] === null || first[0] === undefined) return;
  const range = `ts >= ${Number(first[0]) * QUARTER_HOUR_MS} AND ts < ${(Number(last[0]) + 1) * QUARTER_HOUR_MS}`;
  const where = `WHERE ${range} AND (meter, (ts // ${QUARTER_HOUR_MS})::INTEGER) IN (SELECT (meter, b) FROM dirty)`;
  for (const state of await readStates(connection, where, names))
    latest.set(merged(latest.get(state.meter), state));
}

/** Newest values from the raw readings that a WHERE clause selects, per meter. */
export async function readStates(
  connection: DuckDBConnection,
  where: string,
  names: Names,
): Promise<MeterState[]> {
  const columns = await columnsOf(connection, newestSql(where));
  const states = new Map<number, MeterState>();
  for (const [index, id] of (columns[0] ?? []).entries()) {
    const state = stateAt(index, columns, names);
    states.set(Number(id), state);
    for (const [wide, { code }] of WIDE.entries()) {
      const value = columns[6 + 2 * wide]?.[index];
      if (typeof value === "number")
        state.registers.set(code, { value, t: Number(columns[7 + 2 * wide]?.[index]) });
    }
  }
  const [ids = [], codes = [], values = [], times = []] = await columnsOf(connection, newestExtraSql(where));
  for (const [index, id] of ids.entries()) {
    const registers = states.get(Number(id))?.registers;
    const [code, t] = [String(codes[index]), Number(times[index])];
    // A register that got a column since: what rests here of it is older, or as old.
    if (t > (registers?.get(code)?.t ?? -Infinity)) registers?.set(code, { value: Number(values[index]), t });
  }
  return [...states.values()];
}

/** Both together: the newer value of each register. */
export function merged(known: MeterState | undefined, state: MeterState): MeterState {
  if (!known) return state;
  const registers = new Map(known.registers);
  for (const [code, newest] of state.registers)
    if (newest.t >= (registers.get(code)?.t ?? -Infinity)) registers.set(code, newest);
  const newer = state.lastMs >= known.lastMs ? state : known;
  return { ...newer, firstMs: Math.min(known.firstMs, state.firstMs), registers, told: undefined };
}

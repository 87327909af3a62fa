import { BIGINT, VARCHAR, type DuckDBConnection } from "@duckdb/node-api";
import { deviceOf, QUARTER_HOUR_MS } from "@smp/schemas";
import { daysSql } from "./days.ts";
import { keyOf } from "./dirty.ts";
import type { Names } from "./names.ts";
import { readStates, writeStates } from "./newest.ts";
import { appendColumns, columnsOf } from "./columns.ts";
import type { Expiry } from "./retention.ts";
import { rollUp, type RollUpState } from "./rollup.ts";
import type { MeterState } from "../latest.ts";
import type { DeletedMeter, Deletion, RegistryDocument } from "../store.ts";
import { goneSql } from "../deletion.ts";

/** Meters whose readings received before a time are deleted, and must not come back with a replay of the log. */
export class Deleted {
  readonly #before = new Map<string, number>();

  static async load(connection: DuckDBConnection): Promise<Deleted> {
    const deleted = new Deleted();
    const [meters = [], times = []] = await columnsOf(
      connection,
      "SELECT meter, before::DOUBLE FROM deleted",
    );
    for (const [index, meter] of meters.entries()) deleted.add(String(meter), Number(times[index]));
    return deleted;
  }

  add(meter: string, before: number): void {
    this.#before.set(meter, Math.max(before, this.#before.get(meter) ?? 0));
  }

  list(): DeletedMeter[] {
    return [...this.#before].map(([meter, before]) => ({ meter, before }));
  }

  has({ meter, received }: { meter: string; received: number }): boolean {
    return received < (this.#before.get(meter) ?? 0);
  }
}

/** What is left of a meter: newest values, and quarter hours to be rolled up anew. */
export interface Remains {
  state: MeterState | undefined;
  dirty: number[];
}

/** Deletes a meter in the connection's transaction. */
export async function deleteMeter(
  connection: DuckDBConnection,
  meter: string,
  deletion: Deletion,
  { names, expiry }: { names: Names; expiry: Expiry },
): Promise<Remains> {
  const { before } = deletion;
  await connection.run("DELETE FROM deleted WHERE meter = $1 AND before <= $2", [meter, BigInt(before)]);
  await appendColumns(connection, "deleted", [VARCHAR, BIGINT], [[meter], [BigInt(before)]]);
  await connection.run("DELETE FROM documents WHERE kind = 'meter' AND id = $1", [meter]);
  const gone = goneSql(deletion);
  await connection.run(`DELETE FROM rejected WHERE device = $1 AND ${gone}`, [deviceOf(meter)]);
  const id = names.id(meter);
  if (id === undefined) return { state: undefined, dirty: [] };
  for (const sql of [
    `DELETE FROM extra USING readings WHERE readings.meter = ${id} AND ${gone}
       AND extra.meter = readings.meter AND extra.ts = readings.ts`,
    `DELETE FROM readings WHERE meter = ${id} AND ${gone}`,
    // Those with raw readings left are rolled up anew.
    `DELETE FROM quarters WHERE meter = ${id}
       AND (b < ${before / QUARTER_HOUR_MS} OR b >= ${expiry.rawMs / QUARTER_HOUR_MS})`,
    `DELETE FROM days WHERE meter = ${id}`,
    `INSERT INTO days ${daysSql(`FROM quarters WHERE meter = ${id}`)}`,
    `DELETE FROM dirty WHERE meter = ${id}`,
    `DELETE FROM states WHERE meter = ${id}`,
    `DELETE FROM newest WHERE meter = ${id}`,
    `INSERT INTO dirty SELECT DISTINCT meter, (ts // ${QUARTER_HOUR_MS})::INTEGER FROM readings WHERE meter = ${id}`,
  ])
    await connection.run(sql);
  const [state] = await readStates(connection, `WHERE meter = ${id}`, names);
  if (state) await writeStates(connection, [state], (name) => names.id(name) ?? -1);
  const [quarters = []] = await columnsOf(connection, `SELECT b FROM dirty WHERE meter = ${id}`);
  return { state, dirty: quarters.map((b) => keyOf(id, Number(b))) };
}

/** Rolls up what the swaps of a new `meter` document touch, in the connection's transaction; gives those quarter hours. */
export async function applySwaps(
  connection: DuckDBConnection,
  documents: readonly RegistryDocument[],
  state: RollUpState,
): Promise<number[]> {
  const all = new Set<number>();
  for (const document of documents) {
    const id = state.names.id(document.id);
    const changes = state.swaps.changes(document);
    if (id === undefined || changes.length === 0) continue;
    const keys = new Set(changes.map((at) => keyOf(id, Math.floor(at / QUARTER_HOUR_MS))));
    await rollUp(connection, [...keys], { ...state, swaps: state.swaps.with(document) });
    for (const key of keys) all.add(key);
  }
  return [...all];
}

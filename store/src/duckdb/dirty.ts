import { INTEGER, type DuckDBConnection } from "@duckdb/node-api";
import { appendColumns, columnsOf } from "./columns.ts";

/** Quarter hours are counted from 1970 and stay below this until the year 2448. */
const QUARTERS = 2 ** 24;

export const keyOf = (meter: number, b: number): number => meter * QUARTERS + b;
export const meterOf = (key: number): number => Math.floor(key / QUARTERS);
export const quarterOf = (key: number): number => key % QUARTERS;

/** Which quarter hours have readings that their roll-up does not know, kept in memory as in the table `dirty`. */
export class DirtyQuarters {
  readonly #keys = new Set<number>();

  static async load(connection: DuckDBConnection): Promise<DirtyQuarters> {
    const dirty = new DirtyQuarters();
    const [meters = [], quarters = []] = await columnsOf(connection, "SELECT meter, b FROM dirty");
    dirty.add(meters.map((meter, index) => keyOf(Number(meter), Number(quarters[index]))));
    return dirty;
  }

  get size(): number {
    return this.#keys.size;
  }

  has(key: number): boolean {
    return this.#keys.has(key);
  }

  unknown(keys: readonly number[]): number[] {
    return [...new Set(keys.filter((key) => !this.#keys.has(key)))];
  }

  /** Those before a quarter hour, of one set of meters or of all; in order of time. */
  before(quarter: number, meters?: ReadonlySet<number>): number[] {
    return [...this.#keys]
      .filter((key) => quarterOf(key) < quarter && (!meters || meters.has(meterOf(key))))
      .sort((a, b) => quarterOf(a) - quarterOf(b));
  }

  add(keys: readonly number[]): void {
    for (const key of keys) this.#keys.add(key);
  }

  delete(keys: readonly number[]): void {
    for (const key of keys) this.#keys.delete(key);
  }

  deleteMeter(meter: number): void {
    for (const key of this.#keys) if (meterOf(key) === meter) this.#keys.delete(key);
  }

  async write(connection: DuckDBConnection, keys: readonly number[], table = "dirty"): Promise<void> {
    await appendColumns(connection, table, [INTEGER, INTEGER], [keys.map(meterOf), keys.map(quarterOf)]);
  }
}

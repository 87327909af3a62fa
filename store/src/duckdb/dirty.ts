import { INTEGER, type DuckDBConnection } from "@duckdb/node-api";
import { appendColumns, columnsOf } from "./columns.ts";

/** Quarter hours are counted from 1970 and stay below this until the year 2448. */
const QUARTERS = 2 ** 24;

export const keyOf = (meter: number, b: number): number => meter * QUARTERS + b;
export const meterOf = (key: number): number => Math.floor(key / QUARTERS);
export const quarterOf = (key: number): number => key % QUARTERS;

/** Which quarter hours have readings that their roll-up does not know, kept in memory as in the table `dirty`. */
export class DirtyQuarters {
  /** Counted from 1970, by meter. */
  readonly #quarters = new Map<number, Set<number>>();
  readonly #held = new Set<number>();
  #size = 0;

  static async load(connection: DuckDBConnection): Promise<DirtyQuarters> {
    const dirty = new DirtyQuarters();
    const [meters = [], quarters = []] = await columnsOf(connection, "SELECT meter, b FROM dirty");
    dirty.add(meters.map((meter, index) => keyOf(Number(meter), Number(quarters[index]))));
    return dirty;
  }

  get size(): number {
    return this.#size;
  }

  has(key: number): boolean {
    return this.#quarters.get(meterOf(key))?.has(quarterOf(key)) ?? false;
  }

  unknown(keys: readonly number[]): number[] {
    return [...new Set(keys.filter((key) => !this.has(key)))];
  }

  /** Those before a quarter hour, of one set of meters or of all; in order of time. */
  before(quarter: number, meters?: ReadonlySet<number>): number[] {
    const found: number[] = [];
    for (const meter of meters ?? this.#quarters.keys())
      for (const b of this.#quarters.get(meter) ?? []) if (b < quarter) found.push(keyOf(meter, b));
    return found.sort((a, b) => quarterOf(a) - quarterOf(b));
  }

  /** Whether there are any of some meters from one quarter hour to before another. */
  within({ meters, from, to }: { meters: readonly number[]; from: number; to: number }): boolean {
    for (const meter of meters) {
      if (this.#held.has(meter)) return true;
      for (const b of this.#quarters.get(meter) ?? []) if (b >= from && b < to) return true;
    }
    return false;
  }

  /** Lets all of a meter count as dirty until `deleteMeter`: a deletion makes dirty what it leaves, which is known here after its commit. */
  hold(meter: number): void {
    this.#held.add(meter);
  }

  add(keys: readonly number[]): void {
    for (const key of keys) {
      const [meter, b] = [meterOf(key), quarterOf(key)];
      const quarters = this.#quarters.get(meter);
      if (quarters?.has(b)) continue;
      if (quarters) quarters.add(b);
      else this.#quarters.set(meter, new Set([b]));
      this.#size++;
    }
  }

  delete(keys: readonly number[]): void {
    for (const key of keys) {
      const meter = meterOf(key);
      const quarters = this.#quarters.get(meter);
      if (!quarters?.delete(quarterOf(key))) continue;
      this.#size--;
      if (quarters.size === 0) this.#quarters.delete(meter);
    }
  }

  deleteMeter(meter: number): void {
    this.#size -= this.#quarters.get(meter)?.size ?? 0;
    this.#quarters.delete(meter);
    this.#held.delete(meter);
  }

  async write(connection: DuckDBConnection, keys: readonly number[], table = "dirty"): Promise<void> {
    await appendColumns(connection, table, [INTEGER, INTEGER], [keys.map(meterOf), keys.map(quarterOf)]);
  }
}

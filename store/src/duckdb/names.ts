import { INTEGER, VARCHAR, type DuckDBConnection } from "@duckdb/node-api";
import { appendColumns, columnsOf } from "./columns.ts";

/** Meter and device ids as the small integers that rows hold. New ones count once their transaction has committed. */
export class Names {
  readonly #ids = new Map<string, number>();
  readonly #names: string[] = [];

  static async load(connection: DuckDBConnection): Promise<Names> {
    const names = new Names();
    const [ids = [], texts = []] = await columnsOf(connection, "SELECT id, name FROM names ORDER BY id");
    names.commit(texts.map((text, index) => [String(text), Number(ids[index])]));
    return names;
  }

  id(name: string): number | undefined {
    return this.#ids.get(name);
  }

  name(id: number): string {
    return this.#names[id] ?? "";
  }

  /** Ids for names that are not there yet, to be written. */
  assign(names: Iterable<string>): [string, number][] {
    const fresh = new Set<string>();
    for (const name of names) if (!this.#ids.has(name)) fresh.add(name);
    return [...fresh].map((name, index) => [name, this.#names.length + index]);
  }

  /** Writes them, in the connection's transaction. */
  async write(connection: DuckDBConnection, assigned: readonly [string, number][]): Promise<void> {
    const ids = assigned.map(([, id]) => id);
    await appendColumns(connection, "names", [INTEGER, VARCHAR], [ids, assigned.map(([name]) => name)]);
  }

  commit(assigned: readonly [string, number][]): void {
    for (const [name, id] of assigned) {
      this.#ids.set(name, id);
      this.#names[id] = name;
    }
  }
}

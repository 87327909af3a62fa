import type { Connections } from "./questdb-documents.ts";
import { readDocuments } from "./questdb-documents.ts";
import { deletions, type Tables } from "./questdb-schema.ts";
import { numberOf } from "./questdb-sql.ts";
import { Swaps } from "./swaps.ts";

/** What other processes write, an exchange or a deletion, counts here after this time at the latest. */
const FRESH_MS = 1_000;

/** What this process knows of meters: their exchanges, and which are deleted. Read anew every second while it is used. */
export class Meters {
  readonly #tables: Tables;
  readonly #deleted = new Map<string, number>();
  readonly #swaps = new Swaps();
  #read: Promise<void> | undefined;
  #readMs = 0;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async swaps(connections: Connections): Promise<Swaps> {
    await this.#refresh(connections);
    return this.#swaps;
  }

  /** Readings that are not of a deleted meter. */
  async present<T extends { meter: string; received: number }>(
    connections: Connections,
    readings: readonly T[],
  ): Promise<readonly T[]> {
    await this.#refresh(connections);
    if (this.#deleted.size === 0) return readings;
    return readings.filter(({ meter, received }) => received >= (this.#deleted.get(meter) ?? 0));
  }

  async deleted(connections: Connections): Promise<{ meter: string; before: number }[]> {
    await this.#refresh(connections);
    return [...this.#deleted].map(([meter, before]) => ({ meter, before }));
  }

  /** The next question is answered from the tables. */
  forget(): void {
    this.#read = undefined;
  }

  async #refresh(connections: Connections): Promise<void> {
    if (this.#read && Date.now() - this.#readMs < FRESH_MS) return this.#read;
    this.#readMs = Date.now();
    this.#read = this.#load(connections).catch((error: unknown) => {
      this.#read = undefined;
      throw error;
    });
    await this.#read;
  }

  async #load(connections: Connections): Promise<void> {
    const rows = await connections.sql.query(
      `SELECT meter, max(before) AS before FROM ${this.#tables.deleted} GROUP BY meter`,
    );
    this.#swaps.replace(await readDocuments(connections, this.#tables.documents, "meter"));
    this.#deleted.clear();
    for (const row of rows) this.#deleted.set(String(row["meter"]), numberOf(row["before"]) ?? 0);
  }
}

/**
 * Overwrites what was received of a meter before a time, for QuestDB deletes no single rows: of a reading only its time
 * stays, until its partition goes.
 */
export async function deleteMeter(
  { sql, ilp }: Connections,
  tables: Tables,
  meter: string,
  before: number,
  settled: () => Promise<void>,
): Promise<void> {
  await ilp.write(tables.deleted, [meter], async (sender) => {
    await sender.symbol("meter", meter).intColumn("before", before).at(Date.now(), "ms");
  });
  for (const statement of deletions(tables, meter, before)) await sql.query(statement);
  await settled();
}

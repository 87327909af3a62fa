import type { Connections } from "./documents.ts";
import { readDocuments } from "./documents.ts";
import { dayMarks, quarterMarks, writeMarks } from "./marks.ts";
import { writeNewest } from "./newest.ts";
import { readExpiry } from "./retention.ts";
import { deletions, PRESENT, type Tables } from "./schema.ts";
import { numberOf } from "./sql.ts";
import { Swaps } from "../energy/swaps.ts";
import type { DeletedMeter, Deletion } from "../store.ts";

/** What other processes write, an exchange or a deletion, counts here after this time at the latest. */
const FRESH_MS = 1_000;

/** What this process knows of meters: their exchanges, which are deleted, and what is let go. Read anew every second while it is used. */
export class Meters {
  readonly #tables: Tables;
  readonly #deleted = new Map<string, number>();
  readonly #swaps = new Swaps();
  #read: Promise<void> | undefined;
  #readMs = 0;
  #rollUpMs = 0;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async known(
    connections: Connections,
  ): Promise<{ swaps: Swaps; deletedBefore: (meter: string) => number; rollUpMs: number }> {
    await this.#refresh(connections);
    const deletedBefore = (meter: string): number => this.#deleted.get(meter) ?? 0;
    return { swaps: this.#swaps, deletedBefore, rollUpMs: this.#rollUpMs };
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

  async deleted(connections: Connections): Promise<DeletedMeter[]> {
    await this.#refresh(connections);
    return [...this.#deleted].map(([meter, before]) => ({ meter, before }));
  }

  /** The next question is answered from the tables. */
  forget(): void {
    this.#read = undefined;
  }

  async #refresh(connections: Connections): Promise<void> {
    if (this.#read && performance.now() - this.#readMs < FRESH_MS) return this.#read;
    this.#readMs = performance.now();
    this.#read = this.#load(connections).catch((error: unknown) => {
      this.#read = undefined;
      throw error;
    });
    await this.#read;
  }

  async #load(connections: Connections): Promise<void> {
    const [rows, { rollUpMs }, documents] = await Promise.all([
      connections.sql.query(
        `SELECT meter, max(before) AS before FROM ${this.#tables.deleted} GROUP BY meter`,
      ),
      readExpiry(connections.sql, this.#tables),
      readDocuments(connections, this.#tables.documents, "meter"),
    ]);
    this.#rollUpMs = rollUpMs;
    this.#swaps.replace(documents);
    this.#deleted.clear();
    for (const row of rows) this.#deleted.set(String(row["meter"]), numberOf(row["before"]) ?? 0);
  }
}

/**
 * Overwrites what was received of a meter before a time, for QuestDB deletes no single rows: of a reading only its time
 * stays, until its partition goes.
 */
export async function deleteMeter(
  connections: Connections,
  tables: Tables,
  { meter, ...deletion }: { meter: string } & Deletion,
  settled: () => Promise<void>,
): Promise<void> {
  const { sql, ilp, marks } = connections;
  await ilp.write(tables.deleted, [meter], async (sender) => {
    await sender.symbol("meter", meter).intColumn("before", deletion.before).at(Date.now(), "ms");
  });
  await writeNewest(connections, tables, [{ meter, state: null }]);
  for (const statement of deletions(tables, meter, deletion)) await sql.query(statement);
  await settled();
  // A roll-up of readings that are gone in part does not count any more.
  const left = await sql.query(
    `SELECT DISTINCT timestamp_floor('15m', ts)::long / 1000 AS quarter FROM ${tables.readings} WHERE meter = '${meter}' AND ${PRESENT}`,
  );
  await writeMarks(
    marks,
    quarterMarks(tables),
    left.map(({ quarter }) => ({ meter, from: numberOf(quarter) ?? 0 })),
  );
  // A roll-up of days that was under way may have written one again: the next one empties it.
  const days = await sql.query(`SELECT ts::long / 1000 AS day FROM ${tables.days} WHERE meter = '${meter}'`);
  await writeMarks(
    marks,
    dayMarks(tables),
    days.map(({ day }) => ({ meter, from: numberOf(day) ?? 0 })),
  );
  await settled();
}

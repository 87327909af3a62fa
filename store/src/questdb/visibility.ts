import { PlatformError } from "@smp/schemas";
import type { Tables } from "./schema.ts";
import { numberOf, type Row, type Sql } from "./sql.ts";

const SETTLED_MS_MAX = 60_000;
const POLL_MS = 20;

/** A table of which not all that is committed can be seen yet. */
export interface Behind {
  name: string;
  /** Transactions that can be seen, and that are committed. */
  applied: number;
  committed: number;
}
export interface Visibility {
  behind: Behind[];
  /** Tables that apply nothing any more. */
  suspended: string[];
}

/** Faults of the server's surroundings, which pass: what could not be applied is applied then, and nothing is left out. */
const PASSING: ReadonlySet<unknown> = new Set([
  "DISK FULL",
  "TOO MANY OPEN FILES",
  "OUT OF MMAP AREAS",
  "OUT OF MEMORY",
]);

/** What is said, without a tag, when rows could not be merged into those that are there: for want of room, too. */
const MERGE_FAILED = "bulk update failed and will be rolled back";

const isPassing = ({ errorTag, errorMessage }: Row): boolean =>
  PASSING.has(errorTag) || (errorTag === "" && errorMessage === MERGE_FAILED);

const namesOf = (rows: Row[]): string[] => rows.map(({ name }) => String(name));

async function walOf(sql: Sql, tables: Partial<Tables>): Promise<Row[]> {
  const names = new Set<unknown>(Object.values(tables));
  const rows = await sql.query(
    "SELECT name, writerTxn, sequencerTxn, suspended, errorTag, errorMessage FROM wal_tables()",
  );
  return rows.filter(({ name }) => names.has(name));
}
const suspendedOf = (rows: Row[]): string[] =>
  rows
    .filter(({ suspended }) => suspended === true)
    .map(({ name, errorTag, errorMessage }) => {
      const why = [errorTag, errorMessage].filter((text) => typeof text === "string" && text !== "");
      return why.length === 0 ? String(name) : `${String(name)} (${why.join(": ")})`;
    });

/** Committed rows are applied to the table a moment later; a suspended table goes on committing and never applies. */
export async function readVisibility(sql: Sql, tables: Tables): Promise<Visibility> {
  const found = await walOf(sql, tables);
  const behind = found
    .map(({ name, writerTxn, sequencerTxn }) => ({
      name: String(name),
      applied: numberOf(writerTxn) ?? 0,
      committed: numberOf(sequencerTxn) ?? 0,
    }))
    .filter(({ applied, committed }) => applied !== committed);
  return { behind, suspended: suspendedOf(found) };
}

/** For how long something that was committed cannot be seen. What comes meanwhile does not count: there is always something. */
export class Lag {
  #awaited = new Map<string, { transaction: number; sinceMs: number }>();

  ms(behind: readonly Behind[], nowMs: number = performance.now()): number {
    const awaited = behind.map(({ name, applied, committed }) => {
      const known = this.#awaited.get(name);
      const isLeft = known !== undefined && applied < known.transaction;
      return [name, isLeft ? known : { transaction: committed, sinceMs: nowMs }] as const;
    });
    this.#awaited = new Map(awaited);
    return Math.round(Math.max(0, ...awaited.map(([, { sinceMs }]) => nowMs - sinceMs)));
  }
}

/**
 * Resolves when all that is committed by now to some tables can be seen; others may go on committing. Each table's rows are
 * applied by themselves: those of few readings are seen while those of many wait.
 */
export async function settle(sql: Sql, tables: Partial<Tables>): Promise<void> {
  const deadline = performance.now() + SETTLED_MS_MAX;
  let rows = await walOf(sql, tables);
  const wanted = new Map(rows.map((row) => [row["name"], numberOf(row["sequencerTxn"]) ?? 0]));
  for (;;) {
    const suspended = suspendedOf(rows);
    if (suspended.length > 0) throw new PlatformError("store-suspended", suspendedSentence(suspended));
    const behind = rows.filter(({ name, writerTxn }) => (numberOf(writerTxn) ?? 0) < (wanted.get(name) ?? 0));
    if (behind.length === 0) return;
    if (performance.now() > deadline)
      throw new PlatformError(
        "store-behind",
        `QuestDB has not applied all of ${namesOf(behind).join(", ")} yet`,
        { retryable: true },
      );
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    rows = await walOf(sql, tables);
  }
}

/**
 * Lets QuestDB go on with tables that it suspended because its disk, its files or its memory had come to an end: it does not by itself when
 * there is room again. While there is none, or where a merge failed for another reason, it suspends them again, and nothing has changed.
 * What somebody suspended stays so.
 */
export async function resumeSuspended(sql: Sql, tables: Tables): Promise<void> {
  for (const row of await walOf(sql, tables))
    if (row["suspended"] === true && isPassing(row))
      await sql.query(`ALTER TABLE ${String(row["name"])} RESUME WAL`);
}

export const suspendedSentence = (tables: readonly string[]): string =>
  `QuestDB has suspended ${tables.join(", ")}: what is written stays invisible until ALTER TABLE ... RESUME WAL`;

import { PlatformError } from "@smp/schemas";
import type { Tables } from "./schema.ts";
import { numberOf, type Row, type Sql } from "./sql.ts";

const SETTLED_MS_MAX = 60_000;
const POLL_MS = 20;

/** Tables of which not all that is committed can be seen yet, and tables that apply nothing any more. */
export interface Visibility {
  behind: string[];
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

async function walOf(sql: Sql, tables: Tables): Promise<Row[]> {
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
  return {
    behind: namesOf(found.filter(({ writerTxn, sequencerTxn }) => writerTxn !== sequencerTxn)),
    suspended: suspendedOf(found),
  };
}

/** Resolves when all that is committed by now can be seen; others may go on committing. */
export async function settle(sql: Sql, tables: Tables): Promise<void> {
  const deadline = Date.now() + SETTLED_MS_MAX;
  let rows = await walOf(sql, tables);
  const wanted = new Map(rows.map((row) => [row["name"], numberOf(row["sequencerTxn"]) ?? 0]));
  for (;;) {
    const suspended = suspendedOf(rows);
    if (suspended.length > 0) throw new PlatformError("store-suspended", suspendedSentence(suspended));
    const behind = rows.filter(({ name, writerTxn }) => (numberOf(writerTxn) ?? 0) < (wanted.get(name) ?? 0));
    if (behind.length === 0) return;
    if (Date.now() > deadline)
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

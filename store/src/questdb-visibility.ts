import type { Tables } from "./questdb-schema.ts";
import type { Row, Sql } from "./questdb-sql.ts";

/** Tables of which not all that is committed can be seen yet, and tables that apply nothing any more. */
export interface Visibility {
  behind: string[];
  suspended: string[];
}

/** Committed rows are applied to the table a moment later; a suspended table goes on committing and never applies. */
export async function readVisibility(sql: Sql, tables: Tables): Promise<Visibility> {
  const names = new Set<unknown>(Object.values(tables));
  const found = (await sql.query("SELECT name, writerTxn, sequencerTxn, suspended FROM wal_tables()")).filter(
    ({ name }) => names.has(name),
  );
  const namesOf = (rows: Row[]): string[] => rows.map(({ name }) => String(name));
  return {
    behind: namesOf(found.filter(({ writerTxn, sequencerTxn }) => writerTxn !== sequencerTxn)),
    suspended: namesOf(found.filter(({ suspended }) => suspended === true)),
  };
}

export const suspendedSentence = (tables: readonly string[]): string =>
  `QuestDB has suspended ${tables.join(", ")}: what is written stays invisible until ALTER TABLE ... RESUME WAL`;

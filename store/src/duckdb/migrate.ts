import type { DuckDBConnection } from "@duckdb/node-api";
import { PlatformError } from "@smp/schemas";
import { EXPORT, IMPORT, SUSPECT } from "../columns.ts";
import { daysSql } from "./days.ts";
import { columnsOf } from "./columns.ts";
import { DDL, SCHEMA_VERSION } from "./schema.ts";

const lastMs = (column: string): string =>
  `max(ts) FILTER (${column} IS NOT NULL AND (quality & ${SUSPECT}) = 0)`;

/** What brings a file of the version before to a version; functions, because modules that import each other load in any order. */
const MIGRATIONS: Readonly<Record<number, () => readonly string[]>> = {
  // Exchanges of meters: the time of a quarter hour's last counter reading.
  2: () => [
    "ALTER TABLE quarters ADD COLUMN IF NOT EXISTS imp_last_ms BIGINT",
    "ALTER TABLE quarters ADD COLUMN IF NOT EXISTS exp_last_ms BIGINT",
    `UPDATE quarters SET imp_last_ms = raw.imp, exp_last_ms = raw.exp
     FROM (SELECT meter, (ts // 900000)::INTEGER AS b, ${lastMs(IMPORT)} AS imp, ${lastMs(EXPORT)} AS exp FROM readings GROUP BY ALL) raw
     WHERE quarters.meter = raw.meter AND quarters.b = raw.b`,
  ],
  // Months and years are folded from days.
  3: () => [`INSERT INTO days ${daysSql("FROM quarters")}`],
};

/**
 * Makes the tables that are missing and brings those of an older release to this one's version, in the connection's
 * transaction; throws `store-version` for a file of a newer release. `notice` hears of it before, since there is no way back.
 */
export async function migrate(
  connection: DuckDBConnection,
  file: string,
  notice?: (sentence: string) => void,
): Promise<void> {
  for (const sql of DDL) await connection.run(sql);
  const [versions = []] = await columnsOf(connection, "SELECT max(version) FROM meta");
  const version = Number(versions[0] ?? 0);
  if (version > SCHEMA_VERSION)
    throw new PlatformError(
      "store-version",
      `${file} was written by a newer release (tables of version ${version}; this one knows ${SCHEMA_VERSION}): install that release again`,
    );
  if (version === SCHEMA_VERSION) return;
  if (version > 0) {
    notice?.(
      `${file} becomes tables of version ${SCHEMA_VERSION} (it has ${version}), which no older release opens: the way back is a backup`,
    );
    for (let next = version + 1; next <= SCHEMA_VERSION; next++)
      for (const sql of MIGRATIONS[next]?.() ?? []) await connection.run(sql);
  }
  await connection.run(`INSERT INTO meta VALUES (${SCHEMA_VERSION})`);
}

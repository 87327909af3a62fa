import { describe } from "vitest";
import { connectSql } from "../src/questdb-sql.ts";
import { tablesOf, type Tables } from "../src/questdb-schema.ts";
import { questdbStore } from "../src/questdb.ts";
import { storeConformance } from "./conformance.ts";

const url = process.env["QUESTDB_URL"];
const pgUrl = process.env["QUESTDB_PG_URL"];
if (url === undefined || pgUrl === undefined)
  throw new Error("set QUESTDB_URL and QUESTDB_PG_URL, or run npm run test:stack");

async function drop(tables: Tables): Promise<void> {
  const sql = connectSql(pgUrl ?? "");
  for (const table of Object.values(tables)) await sql.query(`DROP TABLE IF EXISTS ${String(table)}`);
  await sql.close();
}

describe("with a real server", () => {
  storeConformance(
    "QuestDB",
    async () => {
      const prefix = `test_${Date.now().toString(36)}_${process.pid}_`;
      return {
        open: async (given) => questdbStore({ url, pgUrl, prefix, ...given }),
        remove: () => drop(tablesOf(prefix)),
      };
    },
    { histories: 200, retention: false },
  );
});

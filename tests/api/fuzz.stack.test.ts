import { fuzzStore } from "../../api/test/fuzz-store.ts";
import { connectSql } from "../../store/src/questdb/sql.ts";
import { tablesOf } from "../../store/src/questdb/schema.ts";
import { questdbStore } from "../../store/src/questdb.ts";

const url = process.env["QUESTDB_URL"];
const pgUrl = process.env["QUESTDB_PG_URL"];
if (url === undefined || pgUrl === undefined)
  throw new Error("set QUESTDB_URL and QUESTDB_PG_URL, or run npm run test:stack");

fuzzStore(
  async () => {
    const prefix = `test_fuzz_${Date.now().toString(36)}_`;
    const store = questdbStore({ url, pgUrl, prefix });
    return {
      store,
      close: async () => {
        await store.close();
        const sql = connectSql(pgUrl);
        for (const table of Object.values(tablesOf(prefix)))
          await sql.query(`DROP TABLE IF EXISTS ${String(table)}`);
        await sql.close();
      },
    };
  },
  { runs: 3, sharedStore: true },
);

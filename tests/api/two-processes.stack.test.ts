import { connectSql } from "../../store/src/questdb/sql.ts";
import { tablesOf } from "../../store/src/questdb/schema.ts";
import { questdbStore } from "../../store/src/questdb.ts";
import { twoProcesses } from "../../api/test/two-processes.ts";

const url = process.env["QUESTDB_URL"];
const pgUrl = process.env["QUESTDB_PG_URL"];
if (url === undefined || pgUrl === undefined)
  throw new Error("set QUESTDB_URL and QUESTDB_PG_URL, or run npm run test:stack");

let count = 0;
twoProcesses(async () => {
  const prefix = `test_two_${Date.now().toString(36)}_${++count}_`;
  const [a, b] = [questdbStore({ url, pgUrl, prefix }), questdbStore({ url, pgUrl, prefix })];
  return {
    a,
    b,
    async close() {
      await Promise.all([a.close(), b.close()]);
      const sql = connectSql(pgUrl);
      for (const table of Object.values(tablesOf(prefix)))
        await sql.query(`DROP TABLE IF EXISTS ${String(table)}`);
      await sql.close();
    },
  };
}, "essential");

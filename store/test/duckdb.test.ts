import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { duckdbStore } from "../src/duckdb.ts";
import { storeConformance } from "./conformance.ts";

storeConformance("DuckDB", async () => {
  const folder = mkdtempSync(join(tmpdir(), "smp-store-"));
  return {
    open: async () => duckdbStore({ file: join(folder, "store", "readings.duckdb") }),
    remove: async () => rmSync(folder, { recursive: true }),
  };
});

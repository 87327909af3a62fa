import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, readConfig, type Store } from "@smp/store";
import { afterAll, beforeAll } from "vitest";
import { clockChangeTests } from "../support/clock-change.ts";

let store: Store;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "smp-clock-"));
  store = await openStore({
    ...readConfig({ SMP_DATA_DIR: folder }),
    retention: { rawDays: 0, rollUpDays: 0 },
  });
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

clockChangeTests("DuckDB", () => store);

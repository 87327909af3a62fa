import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, readConfig, type Store } from "@smp/store";
import { afterAll, beforeAll, test } from "vitest";
import { CLOCK_CHANGES, expectClockChange } from "./support/dst.ts";

// Grouping by local text merges the two hours from 02:00 in October; here it must not, through HTTP.
let dir: string;
let store: Store;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "smp-dst-"));
  store = await openStore(readConfig({ SMP_DATA_DIR: dir }));
});
afterAll(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

test.each(CLOCK_CHANGES)(
  "$date in Vienna through HTTP over DuckDB: $quarters quarter hours, $hours hours, sums to the Wh",
  async (day) => {
    await expectClockChange(store, day);
  },
);

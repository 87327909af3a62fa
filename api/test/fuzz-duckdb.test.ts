import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, readConfig } from "@smp/store";
import { fuzzStore } from "./fuzz-store.ts";

fuzzStore(
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "smp-fuzz-"));
    // The readings are of a day that gets older.
    const store = await openStore(readConfig({ SMP_DATA_DIR: folder, SMP_RETENTION_RAW_DAYS: "0" }));
    return {
      store,
      close: async () => {
        await store.close();
        await rm(folder, { recursive: true });
      },
    };
  },
  { runs: 5, sharedStore: false },
);

// oxlint-disable no-console
import { dirname, join } from "node:path";
import { Command } from "commander";
import { PlatformError } from "@smp/schemas";
import { readManifest, type BackupSummary } from "./backup.ts";
import { openExistingStore, readConfig, stores, type StoreConfig } from "../config.ts";
import { askForBackup, isServed } from "./control.ts";

/** Where the running platform listens for `smp backup`. */
export const controlSocketOf = (file: string): string => join(dirname(file), "control.sock");

/** `smp backup DIR`: all readings, quarter hours and documents, checked, while the platform runs or not. */
export function backupCommand(): Command {
  return new Command("backup")
    .description(
      "write all readings, roll-ups and documents into a new folder; the platform may go on running",
    )
    .argument("<folder>", "a new folder; an existing one must be empty")
    .action(async (folder: string) => {
      const config = readConfig(process.env);
      const asked =
        config.kind === "duckdb" ? await askForBackup(controlSocketOf(config.file), folder) : undefined;
      tell(folder, asked ?? (await backUpHere(config, folder)));
      console.log("The certificates and their keys in SMP_DATA_DIR/pki are not in it: copy them separately.");
    });
}

async function backUpHere(config: StoreConfig, folder: string): Promise<BackupSummary> {
  const store = await openExistingStore(config);
  try {
    return await store.backup(folder);
  } finally {
    await store.close();
  }
}

/** `smp restore DIR`: into an empty store, compared with the backup's counts and sums. */
export function restoreCommand(): Command {
  return new Command("restore")
    .description("make a new store from a backup, and check that it holds what was backed up")
    .argument("<folder>", "what smp backup wrote")
    .action(async (folder: string) => {
      const config = readConfig(process.env);
      await readManifest(folder);
      if (config.kind === "duckdb" && (await isServed(controlSocketOf(config.file))))
        throw new PlatformError(
          "store-locked",
          `the platform runs, and would go on writing into the file that was at ${config.file}: stop it first`,
        );
      const summary =
        config.kind === "duckdb"
          ? await (await stores.duckdb()).restoreDatabase(config.file, folder)
          : await (await stores.questdb()).restoreTables(config, folder);
      tell(folder, summary);
    });
}

function tell(folder: string, { rows, sums }: BackupSummary): void {
  const kwh = (wh: number): string => (wh / 1000).toFixed(3);
  const counts = ["readings", "quarters", "documents", "rejected"].map(
    (name) => `${rows[name] ?? 0} ${name}`,
  );
  console.log(
    `${folder}: ${counts.join(", ")}; ${kwh(sums.importWh)} kWh in, ${kwh(sums.exportWh)} kWh out: checked.`,
  );
}

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { PlatformError, type NormalisedReading } from "@smp/schemas";
import type { BackupSummary } from "../backup/backup.ts";
import { copyStore } from "../backup/copy.ts";
import { makeFolder } from "../backup/folder.ts";
import type { StoreInside } from "../backup/kept.ts";
import type { MeterSummary, Store } from "../store.ts";

/** Loaded by a backup, not by each process that has its readings in QuestDB. */
const loadDuckdb = () => import("../duckdb.ts");

/**
 * A store in a file that lives as long as a task: its backup has the form that both engines read. It lies beside the backup,
 * where there is room for one: a temporary folder may be memory, and small.
 */
async function withScratch<T>(backup: string, task: (file: string) => Promise<T>): Promise<T> {
  const folder = await scratchFolder(dirname(resolve(backup)));
  try {
    return await task(join(folder, "readings.duckdb"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A backup that is restored may lie where nothing can be written. */
async function scratchFolder(beside: string): Promise<string> {
  try {
    await makeFolder(beside);
    return await mkdtemp(join(beside, ".smp-backup-"));
  } catch {
    return mkdtemp(join(tmpdir(), "smp-backup-"));
  }
}

/** Copies a store into a scratch file, and backs that up. */
export async function backupStore(store: StoreInside, folder: string): Promise<BackupSummary> {
  return withScratch(folder, async (file) => {
    const scratch = (await loadDuckdb()).duckdbStore({ file });
    try {
      await copyStore(store, scratch);
      return { ...(await scratch.backup(folder)), engine: "questdb" };
    } finally {
      await scratch.close();
    }
  });
}

/** Fills an empty store from a backup of either engine, and compares what it then has. */
export async function restoreStore(store: StoreInside, folder: string): Promise<BackupSummary> {
  if ((await store.meters()).length > 0)
    throw new PlatformError(
      "store-not-empty",
      "QuestDB holds readings: restore into a server or folder that is empty",
    );
  return withScratch(folder, async (file) => {
    const { duckdbStore, restoreDatabase } = await loadDuckdb();
    const summary = await restoreDatabase(file, folder);
    const scratch = duckdbStore({ file });
    try {
      await copyStore(scratch, store);
      await store.settled();
      await same(scratch, store);
      return summary;
    } finally {
      await scratch.close();
    }
  });
}

/** Each meter has the same readings, and the same energy in each year. */
async function same(from: Store, to: Store): Promise<void> {
  const counted = async (store: Store, { meter, firstMs, lastMs }: MeterSummary): Promise<string> => {
    let readings = 0;
    let sum = 0n;
    const add = ({ r }: NormalisedReading): void => {
      readings++;
      sum += BigInt(Math.round(r["1-0:1.8.0"] ?? 0)) + BigInt(Math.round(r["1-0:2.8.0"] ?? 0));
    };
    for await (const page of store.raw({ meter, from: 0, to: Number.MAX_SAFE_INTEGER })) page.forEach(add);
    const time = { from: firstMs, to: lastMs + 1, resolution: "year", tz: "UTC" } as const;
    const energy = (await store.series({ meters: [meter], ...time, perMeter: true })).map((year) =>
      [year.importWh, year.exportWh].map((wh) => Math.round(wh ?? 0)).join("+"),
    );
    return `${readings} readings with counters of ${sum} Wh, and by year ${energy.join(", ")} Wh`;
  };
  for (const summary of await from.meters()) {
    const [expected, found] = [await counted(from, summary), await counted(to, summary)];
    if (expected !== found)
      throw new PlatformError(
        "backup-mismatch",
        `restored meter ${summary.meter} has ${found} instead of ${expected}`,
      );
  }
}

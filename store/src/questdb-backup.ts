import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PlatformError, type NormalisedReading } from "@smp/schemas";
import { readManifest, type BackupSummary } from "./backup.ts";
import { restoreDatabase } from "./duckdb-backup.ts";
import { duckdbStore } from "./duckdb.ts";
import type { Logs, Store } from "./store.ts";

/** An adapter that shows its logs whole. */
type StoreWithLogs = Store & { logs(): Promise<Logs> };

/** The newest rejected messages that a backup takes. */
const REJECTED_MAX = 1_000_000;

/** A store in a file that lives as long as a task: its backup has the form that both engines read. */
async function withScratch<T>(task: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "smp-backup-"));
  try {
    return await task(join(folder, "readings.duckdb"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Deletions first, so that no deleted reading gets in of which a process has not let go yet. */
async function copyLogs(from: StoreWithLogs, to: Store): Promise<void> {
  const { deleted, documents } = await from.logs();
  for (const { meter, before } of deleted) await to.deleteMeter(meter, { before });
  for (const document of documents) await to.putDocument(document);
  await to.reject((await from.rejected({ limit: REJECTED_MAX })).toReversed());
}

async function copyReadings(from: Store, to: Store, meters: readonly string[]): Promise<void> {
  for (const meter of meters)
    for await (const page of from.raw({ meter, from: 0, to: Number.MAX_SAFE_INTEGER })) await to.append(page);
}

/** Copies a store into a scratch file, and backs that up. */
export async function backupStore(store: StoreWithLogs, folder: string): Promise<BackupSummary> {
  return withScratch(async (file) => {
    const scratch = duckdbStore({ file });
    try {
      await copyLogs(store, scratch);
      await copyReadings(
        store,
        scratch,
        (await store.meters()).map(({ meter }) => meter),
      );
      return { ...(await scratch.backup(folder)), engine: "questdb" };
    } finally {
      await scratch.close();
    }
  });
}

/** Fills an empty store from a backup of either engine, and compares what it then has. */
export async function restoreStore(store: Store, folder: string): Promise<BackupSummary> {
  if ((await store.meters()).length > 0)
    throw new PlatformError(
      "store-not-empty",
      "QuestDB holds readings: restore into a server or folder that is empty",
    );
  const { rows } = await readManifest(folder);
  if ((rows["expired"] ?? 0) > 0)
    throw new PlatformError(
      "restore-impossible",
      `${folder} has quarter hours whose raw readings are gone, and QuestDB's energy comes from raw readings: restore it with SMP_STORE=duckdb`,
    );
  return withScratch(async (file) => {
    const summary = await restoreDatabase(file, folder);
    const scratch = duckdbStore({ file });
    try {
      const meters = (await scratch.meters()).map(({ meter }) => meter);
      await copyLogs(scratch, store);
      await copyReadings(scratch, store, meters);
      await store.settled();
      await same(scratch, store, meters);
      return summary;
    } finally {
      await scratch.close();
    }
  });
}

/** Each meter has the same readings, and the same energy. */
async function same(from: Store, to: Store, meters: readonly string[]): Promise<void> {
  const counted = async (store: Store, meter: string): Promise<string> => {
    let readings = 0;
    let sum = 0n;
    const add = ({ r }: NormalisedReading): void => {
      readings++;
      sum += BigInt(Math.round(r["1-0:1.8.0"] ?? 0)) + BigInt(Math.round(r["1-0:2.8.0"] ?? 0));
    };
    for await (const page of store.raw({ meter, from: 0, to: Number.MAX_SAFE_INTEGER })) page.forEach(add);
    return `${readings} readings with counters of ${sum} Wh`;
  };
  for (const meter of meters) {
    const [expected, found] = [await counted(from, meter), await counted(to, meter)];
    if (expected !== found)
      throw new PlatformError(
        "backup-mismatch",
        `restored meter ${meter} has ${found} instead of ${expected}`,
      );
  }
}

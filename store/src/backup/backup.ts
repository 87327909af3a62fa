import { randomUUID } from "node:crypto";
import { open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { messageOf, PlatformError, refusalOf } from "@smp/schemas";
import { SCHEMA_VERSION } from "../duckdb/schema.ts";
import { makeFolder } from "./folder.ts";

/** The form of a backup folder: one Parquet file per table, and this as `backup.json`. */
export const BACKUP_FORMAT = 1;
const MANIFEST = "backup.json";

/** What a backup holds, to be compared after it is restored. */
export interface Contents {
  /** Rows per table. */
  rows: Record<string, number>;
  /** Sums over all meters: counters of the raw readings, and energy of the quarter hours. */
  sums: { importCounterWh: number; exportCounterWh: number; importWh: number; exportWh: number };
}

export interface BackupSummary extends Contents {
  format: number;
  /** Version of the tables as DuckDB has them; absent in older backups. */
  tables?: number;
  engine: "duckdb" | "questdb";
  /** RFC 3339, UTC. */
  created: string;
}

/**
 * Makes a backup folder whole or not at all: `fill` writes the tables into a folder beside it, which gets its name when
 * it is complete and on disk.
 */
export async function writeBackup(
  folder: string,
  fill: (part: string) => Promise<BackupSummary>,
): Promise<BackupSummary> {
  const target = resolve(folder);
  const present = await readdir(target).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return undefined;
    throw new PlatformError("backup-folder", `${target} cannot hold a backup: ${refusalOf(cause)}`, {
      cause,
    });
  });
  if (present !== undefined && present.length > 0)
    throw new PlatformError("backup-exists", `${target} is not empty: name a new folder for the backup`);
  const part = join(dirname(target), `.${basename(target)}.${randomUUID().slice(0, 8)}.part`);
  await makeFolder(part).catch((cause: unknown) => {
    throw new PlatformError(
      "backup-folder",
      `no folder for the backup can be made in ${dirname(target)} (${messageOf(cause)}): name another place`,
      { cause },
    );
  });
  try {
    const summary = await fill(part);
    await writeFile(join(part, MANIFEST), `${JSON.stringify(summary, null, 2)}\n`);
    for (const name of await readdir(part)) await sync(join(part, name));
    await sync(part);
    if (present !== undefined) await rm(target, { recursive: true });
    await rename(part, target);
    await sync(dirname(target));
    return summary;
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw error;
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function readManifest(folder: string): Promise<BackupSummary> {
  const path = join(resolve(folder), MANIFEST);
  let summary: BackupSummary;
  try {
    summary = JSON.parse(await readFile(path, "utf8")) as BackupSummary;
  } catch (cause) {
    throw new PlatformError(
      "backup-unreadable",
      `${resolve(folder)} is no backup: its ${MANIFEST} cannot be read (${refusalOf(cause)})`,
      { cause },
    );
  }
  if (summary.format !== BACKUP_FORMAT)
    throw new PlatformError(
      "backup-unreadable",
      `${path} has format ${summary.format}; this release reads format ${BACKUP_FORMAT}`,
    );
  if ((summary.tables ?? 0) > SCHEMA_VERSION)
    throw new PlatformError(
      "backup-unreadable",
      `${path} is of a newer release (tables of version ${summary.tables}; this one knows ${SCHEMA_VERSION}): restore it with that release`,
    );
  return summary;
}

/** Throws when what was restored is not what the backup says. */
export function compare(expected: Contents, found: Contents): void {
  const wrong = (["rows", "sums"] as const).flatMap((part) =>
    Object.entries(found[part]).flatMap(([name, value]) => {
      const wanted = (expected[part] as Record<string, number>)[name];
      return wanted === value ? [] : [`${part} ${name} ${value} instead of ${wanted}`];
    }),
  );
  if (wrong.length > 0)
    throw new PlatformError(
      "backup-mismatch",
      `the restored store differs from its backup, and was thrown away: ${wrong.join("; ")}`,
    );
}

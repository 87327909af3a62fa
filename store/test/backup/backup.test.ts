import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { BackupSummary } from "../../src/backup/backup.ts";
import { askForBackup, serveBackups } from "../../src/backup/control.ts";
import { copyStore } from "../../src/backup/copy.ts";
import { duckdbStore, restoreDatabase } from "../../src/duckdb.ts";
import type { StoreInside } from "../../src/backup/kept.ts";
import { backupStore } from "../../src/questdb/backup.ts";
import type { Store } from "../../src/index.ts";
import { at, DAY, EXPORT, HOUR, IMPORT, MINUTE, newMeter, reading, steady, trialOf } from "../trial.ts";

const now = at("2026-07-01T06:00:00Z");
const t0 = now - 120 * DAY;
let time = now;
const options = { now: () => time, retention: { rawDays: 90, rollUpDays: 0 } };

async function rowsIn(store: Store, meters: readonly string[]): Promise<number> {
  const { rawOf } = trialOf(() => store);
  return (await Promise.all(meters.map((meter) => rawOf(meter)))).flat().length;
}

/** Everything that a store can be asked. */
async function answers(store: Store, meters: readonly string[]): Promise<unknown> {
  const { rawOf } = trialOf(() => store);
  const series = { meters, from: t0, to: now + DAY, tz: "Europe/Vienna", perMeter: true } as const;
  return {
    meters: await store.meters(),
    raw: await Promise.all(meters.map((meter) => rawOf(meter))),
    days: await store.series({ ...series, resolution: "day" }),
    quarters: await store.series({ ...series, from: now - DAY, resolution: "15m" }),
    gaps: await Promise.all(meters.map((meter) => store.gaps({ meter, from: 0, to: now + DAY }))),
    latest: await store.latest(meters),
    documents: [await store.documents("meter"), await store.documents("tariff")],
    rejected: await store.rejected({ limit: 100 }),
  };
}

describe("a backup", () => {
  let folder: string;
  let store: StoreInside;
  let meters: string[];
  const file = (name: string): string => join(folder, name, "readings.duckdb");

  beforeEach(async () => {
    time = now;
    folder = mkdtempSync(join(tmpdir(), "smp-backup-"));
    store = duckdbStore({ file: file("store"), ...options });
    meters = [newMeter(), `${newMeter()}.1KFM0200123456`, newMeter()];
    const [first = "", second = "", gone = ""] = meters;
    const { put } = trialOf(() => store);
    await put(
      ...steady(first, t0, now, HOUR, 7),
      ...steady(second, t0 + 3 * DAY, now - 2 * DAY, HOUR / 2, 4),
    );
    await put(...steady(gone, t0, t0 + DAY, HOUR, 7));
    await store.maintain();
    await put(
      reading(
        first,
        now - 5 * MINUTE,
        { [IMPORT]: 1e9, [EXPORT]: 2 ** 53 - 1, "x-a": 0.1 + 0.2 },
        { u: { "x-a": "Cel" }, s: 9 },
      ),
      reading(first, now - 50 * DAY + MINUTE, { [EXPORT]: 3 }, { quality: ["suspect"] }),
    );
    await store.putDocument({ kind: "meter", id: first, value: { swaps: [{ at: now - 10 * DAY }] }, t: now });
    await store.putDocument({ kind: "tariff", id: "a", value: { old: 1 }, t: 1 });
    await store.putDocument({ kind: "tariff", id: "a", value: { name: "Tarif 'A'" }, t: 2 });
    await store.deleteMeter(gone, { before: now });
    await store.reject([
      {
        device: first,
        topic: `sm/v1/${first}/reading`,
        code: "schema",
        detail: "no.",
        received: now,
        index: 2,
        payload: "e30=",
      },
    ]);
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  test("made while readings come in, restored, gives the same answers, and goes on", async () => {
    const [first = "", , gone = ""] = meters;
    const before = await answers(store, meters);
    const writing = (async () => {
      for (let index = 0; index < 20; index++)
        await store.append([reading("busy", now + index * MINUTE, { [IMPORT]: index })]);
    })();
    const summary = await store.backup(join(folder, "backup"));
    await writing;
    expect(summary.rows).toMatchObject({ documents: 3, rejected: 1, deleted: 1, expired: 1 });
    expect(summary.rows["quarters"]).toBeGreaterThan(120 * 24);

    expect(await restoreDatabase(file("restored"), join(folder, "backup"))).toEqual(summary);
    const restored = duckdbStore({ file: file("restored"), ...options });
    try {
      await restored.deleteMeter("busy", { before: now + DAY });
      expect(await answers(restored, meters)).toEqual(before);
      const { put, rawOf, series } = trialOf(() => restored);
      await put(
        reading(gone, now - 100 * DAY, { [IMPORT]: 5 }),
        reading(first, now + HOUR, { [IMPORT]: 1e9 + 50 }),
      );
      expect(await rawOf(gone)).toEqual([]);
      expect(await series(first, now - 10 * MINUTE, now + 2 * HOUR, "range")).toMatchObject([
        { importUnallocatedWh: 50 },
      ]);
    } finally {
      await restored.close();
    }
  });

  test("made while old raw readings are let go, it holds all that there was when it began", async () => {
    const before = await answers(store, meters);
    const readings = await rowsIn(store, meters);
    const backup = store.backup(join(folder, "backup"));
    const ended = backup.then(
      () => true,
      () => true,
    );
    const written = join(folder, "store", "backup", "readings.parquet");
    // Its snapshot is taken when its first file is there.
    while (!existsSync(written) && !(await Promise.race([ended, nextTurn(false)])));
    time = now + 40 * DAY;
    // Else the clock would not be believed.
    await store.append([reading(newMeter(), time, { [IMPORT]: 1 })]);
    await store.maintain();
    const summary = await backup;
    expect(await rowsIn(store, meters)).toBeLessThan(readings);

    time = now;
    expect(await restoreDatabase(file("restored"), join(folder, "backup"))).toEqual(summary);
    const restored = duckdbStore({ file: file("restored"), ...options });
    try {
      expect(await answers(restored, meters)).toEqual(before);
    } finally {
      await restored.close();
    }
  });

  test("copied into another store it gives the same answers, though raw readings are gone", async () => {
    const [first = "", second = ""] = meters;
    // Old data of a time that had none have their raw readings until old ones are let go again.
    await store.append(steady(second, t0, t0 + DAY, HOUR / 2, 4));
    const before = await answers(store, meters);
    const gone = now - 100 * DAY;
    expect(await store.kept()).toMatchObject({ rawMs: now - 90 * DAY - 6 * HOUR });
    const copy = duckdbStore({ file: file("copy"), ...options });
    try {
      await copyStore(store, copy);
      expect(await answers(copy, meters)).toEqual(before);
      await copy.append([reading(first, gone, { [IMPORT]: 5 })]);
      expect(await answers(copy, meters)).toEqual(before);
    } finally {
      await copy.close();
    }
  });

  test("goes into a new folder only, and one that fails leaves nothing behind", async () => {
    const target = join(folder, "backup");
    await store.backup(target);
    await expect(store.backup(target)).rejects.toMatchObject({ code: "backup-exists" });
    await expect(store.backup(join(folder, "store", "readings.duckdb", "x"))).rejects.toThrow();
    expect(readdirSync(folder).sort()).toEqual(["backup", "store"]);
    expect(readdirSync(join(folder, "store")).filter((name) => !name.startsWith("readings.duckdb"))).toEqual(
      [],
    );
    expect(statSync(target).mode & 0o077).toBe(0);
  });

  test("that is damaged, changed or of another release is refused, and no store is left", async () => {
    const backup = join(folder, "backup");
    const manifest = join(backup, "backup.json");
    const summary = await store.backup(backup);
    await expect(restoreDatabase(file("store"), backup)).rejects.toMatchObject({ code: "store-not-empty" });
    const refused = async (change: () => void, expected: RegExp): Promise<void> => {
      change();
      await expect(restoreDatabase(file("restored"), backup)).rejects.toThrow(expected);
      expect(existsSync(file("restored"))).toBe(false);
      expect(existsSync(`${file("restored")}.restoring`)).toBe(false);
    };
    const rewrite = (changed: BackupSummary) => () => writeFileSync(manifest, JSON.stringify(changed));
    await refused(
      rewrite({ ...summary, rows: { ...summary.rows, readings: 5 } }),
      /rows readings \d+ instead of 5/,
    );
    await refused(
      rewrite({ ...summary, sums: { ...summary.sums, importWh: 1 } }),
      /sums importWh \d+ instead of 1/,
    );
    await refused(rewrite({ ...summary, format: 7 }), /format 7; this release reads format 1/);
    await refused(
      rewrite({ ...summary, tables: 99 }),
      /newer release \(tables of version 99; this one knows \d+\): restore it with that release/,
    );
    await refused(() => writeFileSync(manifest, "{"), /is no backup: its backup.json cannot be read/);
    writeFileSync(manifest, JSON.stringify(summary));
    const readings = join(backup, "readings.parquet");
    await refused(() => truncateSync(readings, readFileSync(readings).length >> 1), /./);
  });

  test("is not restored beside the log of a killed process, which DuckDB would replay into it", async () => {
    const backup = join(folder, "backup");
    await store.backup(backup);
    mkdirSync(join(folder, "restored"));
    writeFileSync(`${file("restored")}.wal`, "what was written last");
    await expect(restoreDatabase(file("restored"), backup)).rejects.toThrow(
      /readings\.duckdb\.wal exists: move it away/,
    );
    expect(existsSync(file("restored"))).toBe(false);
  });

  test("of a server needs no room in the temporary folder, which in a container is small", async () => {
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv("TMPDIR", join(folder, "store", "readings.duckdb"));
    const summary = await backupStore(store, join(folder, "new", "backup"));
    expect(summary).toMatchObject({ engine: "questdb", rows: { documents: 3 } });
    expect(readdirSync(join(folder, "new"))).toEqual(["backup"]);
  });

  test("is made by the process that has the store open, when another one asks", async () => {
    const socket = join(folder, "store", "control.sock");
    expect(await askForBackup(socket, join(folder, "nobody"))).toBeUndefined();
    const control = await serveBackups(store, socket);
    expect(statSync(socket).mode & 0o077).toBe(0);
    const summary = await askForBackup(socket, join(folder, "backup"));
    expect(summary?.rows["documents"]).toBe(3);
    await expect(askForBackup(socket, join(folder, "backup"))).rejects.toMatchObject({
      code: "backup-exists",
    });
    await control.close();
    expect(await askForBackup(socket, join(folder, "again"))).toBeUndefined();
    // What a killed process leaves behind does no harm.
    writeFileSync(socket, "");
    const next = await serveBackups(store, socket);
    expect(await askForBackup(socket, join(folder, "again"))).toMatchObject({ rows: summary?.rows });
    await next.close();
  });
});

import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { DuckDBConnection, DuckDBInstance, DuckDBPreparedStatement } from "@duckdb/node-api";
import type { NormalisedReading, RejectedMessage } from "@smp/schemas";
import { duckdbStore } from "../src/duckdb.ts";
import type { Store } from "../src/index.ts";
import { storeConformance } from "./conformance.ts";
import { oracle } from "./oracle.ts";
import { trialOf } from "./trial.ts";

const newFolder = (): string => mkdtempSync(join(tmpdir(), "smp-store-"));

describe.each([
  ["DuckDB", {}],
  // Both ways to fold must keep the same promises, whatever the length of the range; and roll-ups in several transactions.
  ["DuckDB, folding all in SQL", { foldInSqlAbove: 0, rollUpAtOnce: 500 }],
])("%s", (name, ways) => {
  storeConformance(name, async () => {
    const folder = newFolder();
    const file = join(folder, "store", "readings.duckdb");
    return {
      open: async (options) => duckdbStore({ file, ...options, ...ways }),
      remove: async () => rmSync(folder, { recursive: true }),
    };
  });
});

test("of rejected messages the newest 10,000 of each device are kept, and not many more", async () => {
  const folder = newFolder();
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const store = duckdbStore({ file: join(folder, "readings.duckdb") });
  const messages = (device: string, from: number, to: number): RejectedMessage[] =>
    Array.from({ length: to - from }, (_, index) => ({
      device,
      topic: `sm/v1/${device}/reading`,
      code: "schema",
      detail: "no.",
      received: from + index,
      payload: "",
    }));
  await store.reject(messages("quiet", 0, 3));
  for (let from = 0; from < 25_000; from += 500) await store.reject(messages("noisy", from, from + 500));
  const kept = (await store.rejected({ device: "noisy", limit: 100_000 })).map(({ received }) => received);
  expect(kept.length).toBeGreaterThanOrEqual(10_000);
  expect(kept.length).toBeLessThanOrEqual(11_000);
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => 24_999 - index));
  expect(await store.rejected({ device: "quiet", limit: 10 })).toHaveLength(3);
  await store.close();
});

test("of what a device says of itself the newest is kept: 10,000 versions a day would be everybody's to read through", async () => {
  const folder = newFolder();
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const store = duckdbStore({ file: join(folder, "readings.duckdb") });
  const put = (kind: string, id: string, value: unknown) => ({ kind, id, value, t: 1 });
  for (let version = 1; version <= 3; version++)
    await store.putDocument(
      put("device-info", "noisy", version),
      put("device-info", "other", version),
      put("token", "noisy", version),
    );
  await store.putDocument(put("device-info", "noisy", 4));
  expect(await store.documents("device-info")).toEqual([
    put("device-info", "noisy", 4),
    put("device-info", "other", 3),
  ]);
  expect((await store.logs()).documents.map(({ kind, value }) => `${kind} ${String(value)}`)).toEqual([
    "token 1",
    "token 2",
    "device-info 3",
    "token 3",
    "device-info 4",
  ]);
  await store.close();
});

test("a batch that was committed although its append failed is not stored twice when it is tried again", async () => {
  const folder = newFolder();
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const store = duckdbStore({ file: join(folder, "readings.duckdb") });
  const t = Date.parse("2026-06-21T10:00:00Z");
  const at = (second: number): NormalisedReading => ({
    meter: "haus",
    device: "haus",
    t: t + second * 1_000,
    received: t,
    r: { "1-0:1.8.0": 5_000 + second },
  });
  // With the name and the quarter hour known, the next batch is one statement that commits itself.
  await store.append([at(0)]);
  const run = vi.spyOn(DuckDBPreparedStatement.prototype, "run").mockImplementationOnce(async function (
    this: DuckDBPreparedStatement,
  ) {
    await this.run();
    throw new Error("the answer was lost");
  });
  await expect(store.append([at(5), at(10)])).rejects.toMatchObject({ retryable: true });
  await store.append([at(5), at(10)]);
  expect(run).toHaveBeenCalled();
  // One that corrects, too, is a transaction of several statements.
  const prototype = DuckDBConnection.prototype as { run: (this: unknown, sql: string) => Promise<unknown> };
  const { run: runSql } = prototype;
  let isLost = false;
  vi.spyOn(prototype, "run").mockImplementation(async function (this: unknown, ...args) {
    const result = await runSql.apply(this, args);
    if (args[0] !== "COMMIT" || isLost) return result;
    isLost = true;
    throw new Error("the answer was lost");
  });
  await expect(store.append([at(20), at(15)])).rejects.toMatchObject({ retryable: true });
  await store.append([at(20), at(15)]);
  const stored: number[] = [];
  for await (const page of store.raw({ meter: "haus", from: 0, to: t + 60_000 }))
    stored.push(...page.map((reading) => (reading.t - t) / 1_000));
  expect(stored).toEqual([0, 5, 10, 15, 20]);
  vi.restoreAllMocks();
  await store.close();
});

test("a correction does not bring back an old value of a register that got its column since", async () => {
  const folder = newFolder();
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "readings.duckdb");
  const t = Date.parse("2026-06-21T10:00:00Z");
  const at = (second: number, r: Record<string, number>): NormalisedReading => ({
    meter: "haus",
    device: "haus",
    t: t + second * 1_000,
    received: t,
    r,
  });
  let store = duckdbStore({ file });
  await store.append([at(0, { "1-0:16.7.0": 1 })]);
  await store.close();
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  await connection.run(`INSERT INTO extra SELECT meter, ts, '1-0:1.8.0', 5_000, NULL FROM readings`);
  connection.closeSync();
  instance.closeSync();
  store = duckdbStore({ file });
  await store.append([at(1, { "1-0:1.8.0": 5_001 }), at(2, { "1-0:2.8.0": 1 })]);
  await store.append([at(2, { "1-0:16.7.0": 2 })]);
  expect((await store.latest(["haus"]))[0]?.registers).toEqual({
    "1-0:1.8.0": { value: 5_001, t: t + 1_000 },
    "1-0:16.7.0": { value: 2, t: t + 2_000 },
  });
  await store.close();
});

test("late readings of many days, in any order, take the place of their predecessors, and leave nothing in memory", async () => {
  const folder = newFolder();
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const create = vi.spyOn(DuckDBInstance, "create");
  const store = duckdbStore({ file: join(folder, "readings.duckdb") });
  const t = Date.parse("2026-06-21T10:00:00Z");
  const sent = (round: number): NormalisedReading[] =>
    Array.from({ length: 2_000 }, (_, index) => ({
      meter: "haus",
      device: "haus",
      t: t + index * 450_000,
      received: t,
      r: { "1-0:1.8.0": 5_000 + index, "x-round": round },
    }));
  const correct = async (round: number): Promise<void> => {
    await store.append(round % 2 === 0 ? sent(round) : sent(round).toReversed());
    await store.gaps({ meter: "haus", from: t, to: t + 86_400_000 });
  };
  await correct(0);
  const created = create.mock.results[0]?.value as Promise<DuckDBInstance> | undefined;
  if (!created) throw new Error("no database was opened");
  const connection = await (await created).connect();
  onTestFinished(() => void vi.restoreAllMocks());
  const bytes = async (): Promise<number> => {
    // Rows of the file's tables are in memory until then.
    await connection.run("CHECKPOINT");
    const answer = await connection.runAndReadAll(
      "SELECT memory_usage_bytes FROM duckdb_memory() WHERE tag = 'IN_MEMORY_TABLE'",
    );
    return Number(answer.getRows()[0]?.[0]);
  };
  const before = await bytes();
  const { rawOf } = trialOf(() => store);
  for (let round = 1; round < 5; round++) {
    await correct(round);
    expect(await rawOf("haus")).toEqual(sent(round));
  }
  expect(await bytes()).toBe(before);
  connection.closeSync();
  await store.close();
});

const root = fileURLToPath(new URL("../../", import.meta.url));
const T0 = Date.parse("2026-03-28T12:00:00Z");
const METERS = 5;
const PER_BATCH = 40;

/** The same in the child below: batch `n`, of which a tenth are late or corrections of the batch before. */
function batch(
  n: number,
): { meter: string; device: string; t: number; received: number; r: Record<string, number> }[] {
  return Array.from({ length: PER_BATCH }, (_, i) => {
    const late = i % 10 === 9;
    const k = late ? n * PER_BATCH + i - PER_BATCH - 5 : n * PER_BATCH + i;
    const meter = `m${Math.abs(k) % METERS}`;
    return {
      meter,
      device: meter,
      t: T0 + k * 7_000,
      received: T0,
      r: { "1-0:1.8.0": 1_000_000 + k, "x-batch": n, "1-0:16.7.0": k },
    };
  });
}

const APPEND = `
  import { stores } from "@smp/store";
  const T0 = ${T0}, METERS = ${METERS}, PER_BATCH = ${PER_BATCH};
  const batch = ${batch.toString().replace(/: \{[^}]*\}\[\]/, "")};
  const { duckdbStore } = await stores.duckdb();
  const [file, from] = process.argv.slice(1);
  const store = duckdbStore({ file });
  try { await store.health(); } catch (error) { console.log("failed " + error.code + " " + error.message); process.exit(1); }
  console.log("open");
  for (let n = Number(from); ; n++) {
    await store.append(batch(n));
    console.log("acknowledged " + n);
    // Reading makes the store roll up, so that kills hit roll-ups too.
    if (n % 7 === 0) await store.series({ meters: ["m0"], from: T0, to: T0 + 86400000, resolution: "day", tz: "UTC", perMeter: true });
  }
`;

function startChild(
  file: string,
  from: number,
): { child: ChildProcess; lines: AsyncIterableIterator<string> } {
  const child = spawn(process.execPath, ["--input-type=module", "-e", APPEND, file, String(from)], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (!child.stdout) throw new Error("no standard output");
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

const rawOf = async (store: Store, meter: string): Promise<NormalisedReading[]> => {
  const readings: NormalisedReading[] = [];
  for await (const page of store.raw({ meter, from: 0, to: T0 * 2 })) readings.push(...page);
  return readings;
};

describe("DuckDB and other processes", () => {
  let folder: string;
  let file: string;

  beforeAll(() => {
    // Other processes cannot run the sources: they run the build.
    execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b", "store"], {
      cwd: root,
    });
    folder = newFolder();
    file = join(folder, "readings.duckdb");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("killed at any moment, it has each acknowledged batch once, and none in part", async () => {
    let next = 0;
    for (let round = 0; round < 3; round++) {
      const { child, lines } = startChild(file, next);
      let acknowledged = next - 1;
      const killAfter = next + 3 + Math.floor(Math.random() * 60);
      for await (const line of lines) {
        if (line.startsWith("acknowledged")) acknowledged = Number(line.split(" ")[1]);
        if (acknowledged >= killAfter) {
          // Somewhere inside of the next append, or between two.
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 15));
          child.kill("SIGKILL");
          break;
        }
      }
      for await (const line of lines)
        if (line.startsWith("acknowledged")) acknowledged = Number(line.split(" ")[1]);
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");

      const store = duckdbStore({ file });
      const stored = (
        await Promise.all(Array.from({ length: METERS }, (_, m) => rawOf(store, `m${m}`)))
      ).flat();
      const last = Math.max(...stored.map(({ r }) => r["x-batch"] ?? -1));
      expect([acknowledged, acknowledged + 1]).toContain(last);
      const expected = new Map(
        Array.from({ length: last + 1 }, (_, n) => batch(n))
          .flat()
          .map((reading) => [`${reading.meter} ${reading.t}`, reading]),
      );
      const order = (a: { meter: string; t: number }, b: { meter: string; t: number }): number =>
        a.meter === b.meter ? a.t - b.t : a.meter < b.meter ? -1 : 1;
      expect(stored.sort(order)).toEqual([...expected.values()].sort(order));
      const range = { from: T0, to: T0 + 3 * 86_400_000, resolution: "1h", tz: "Europe/Vienna" } as const;
      for (const meter of ["m0", "m3"]) {
        const mine = stored.filter((reading) => reading.meter === meter);
        expect(await store.series({ ...range, meters: [meter], perMeter: true })).toEqual(
          oracle({ readings: mine }, range),
        );
        expect((await store.latest([meter]))[0]?.t).toBe(Math.max(...mine.map(({ t }) => t)));
      }
      await store.close();
      next = last + 1;
    }
    expect(next).toBeGreaterThan(15);
  }, 240_000);

  test("a file that another process has open is refused, with its number and what to do; then it can be had", async () => {
    const { child, lines } = startChild(file, 100_000);
    onTestFinished(() => void child.kill("SIGKILL"));
    expect((await lines.next()).value).toBe("open");
    const store = duckdbStore({ file });
    await expect(store.health()).rejects.toMatchObject({ code: "store-locked", retryable: true });
    await expect(store.append([])).resolves.toBeUndefined();
    await expect(store.meters()).rejects.toThrow(
      new RegExp(`another process \\(PID ${child.pid}\\) has .*readings.duckdb open: .*SMP_DATA_DIR`),
    );
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await store.health()).toEqual({ ok: true, lagMs: 0 });
    await store.close();
  });

  test("the same file cannot be opened twice in one process either, by whatever path", async () => {
    const path = join(folder, "twice.duckdb");
    const first = duckdbStore({ file: path });
    await first.health();
    const second = duckdbStore({ file: join(folder, "..", folder.split("/").at(-1) ?? "", "twice.duckdb") });
    await expect(second.health()).rejects.toMatchObject({ code: "store-locked" });
    await second.close();
    await first.close();
    const third = duckdbStore({ file: path });
    expect(await third.health()).toMatchObject({ ok: true });
    await third.close();
    await expect(third.meters()).rejects.toMatchObject({ code: "store-closed" });
  });

  test("a damaged file is said to be damaged, and not to be in another process' hands", async () => {
    const path = join(folder, "damaged.duckdb");
    const store = duckdbStore({ file: path });
    await store.health();
    await store.close();
    // Both of DuckDB's headers, as after a power cut: each is in a block with a checksum.
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xa5, 4096, 3 * 4096));
    await expect(duckdbStore({ file: path }).meters()).rejects.toMatchObject({
      code: "store-open",
      message: expect.stringContaining("checksum") as unknown,
    });
  });
});

import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { stores, type Store } from "@smp/store";
import { HOUSES, idsOf, NOW, readingsOf, registersSql, type Houses } from "./houses.ts";

export interface Filled {
  name: string;
  store: Store;
  /** What is on disk, when it is known: raw readings alone, and with their roll-up. */
  bytes: { raw: number; all: number } | undefined;
  /** The same questions in the engine's SQL alone, by name. */
  bare?: Readonly<Record<string, (round: number) => Promise<unknown>>>;
}

export const names = (stepMs: number): string => Object.keys(registersSql(stepMs)).join(", ");
export const values = (stepMs: number): string => Object.values(registersSql(stepMs)).join(", ");

export const fileIn = (folder: string): string => join(folder, "store", "readings.duckdb");

export const openDuckdb = async (file: string): Promise<Store> => {
  const { duckdbStore } = await stores.duckdb();
  return duckdbStore({ file, now: () => NOW, rollUpAtOnce: 250_000 });
};

/**
 * A DuckDB store in `folder`: a copy of the filled one that `data` keeps, which is filled when it is not there. A run
 * writes, so that each begins with a copy.
 */
export async function filledDuckdb(
  folder: string,
  data = folder,
  houses: readonly Houses[] = HOUSES,
): Promise<Filled> {
  const kept = join(data, `${houses.map(({ prefix }) => prefix).join("-")}-${readingsOf(houses)}.duckdb`);
  const sizes = `${kept}.json`;
  if (!existsSync(sizes)) await writeFile(sizes, JSON.stringify(await fillDuckdb(kept, houses)));
  const file = fileIn(folder);
  await mkdir(join(folder, "store"), { recursive: true });
  await copyFile(kept, file);
  const bytes = JSON.parse(await readFile(sizes, "utf8")) as NonNullable<Filled["bytes"]>;
  return { name: "DuckDB", store: await openDuckdb(file), bytes };
}

/** The raw readings are made inside the database, in order of time as they would come; the store rolls them up. */
async function fillDuckdb(file: string, all: readonly Houses[]): Promise<NonNullable<Filled["bytes"]>> {
  // Of a run that was cut short.
  for (const part of [file, `${file}.wal`]) await rm(part, { force: true });
  const empty = await openDuckdb(file);
  await empty.health();
  await empty.close();

  const instance = await DuckDBInstance.create(file, { threads: "2", memory_limit: "1GB" });
  const connection = await instance.connect();
  let first = 0;
  for (const houses of all) {
    const { from, stepMs, steps, meters } = houses;
    const ids = idsOf(houses);
    await connection.run(
      `INSERT INTO names VALUES ${ids.map((id, index) => `(${first + index}, '${id}')`).join(", ")}`,
    );
    await connection.run(`
      INSERT INTO readings (meter, ts, device, s, received, quality, ${names(stepMs)})
      SELECT ${first} + m, ${from} + i * ${stepMs}, ${first} + m, i, ${from} + i * ${stepMs} + 40, 0, ${values(stepMs)}
      FROM (SELECT x // ${meters} AS i, x % ${meters} AS m FROM range(${steps * meters}) steps(x))`);
    first += ids.length;
  }
  await connection.run("INSERT INTO dirty SELECT DISTINCT meter, (ts // 900000)::INTEGER FROM readings");
  await connection.run("CHECKPOINT");
  const raw = (await stat(file)).size;
  connection.closeSync();
  instance.closeSync();

  const store = await openDuckdb(file);
  await store.maintain();
  await store.close();
  return { raw, all: (await stat(file)).size };
}

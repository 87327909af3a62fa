import { stores } from "@smp/store";
import {
  HOUR_METERS,
  HOUR_MS,
  NOW,
  readingsOf,
  YEAR_END,
  YEAR_METERS,
  YEAR_START,
  type Houses,
} from "./houses.ts";
import { names, values, type Filled } from "./stores.ts";

const PREFIX = "bench_";
const DAY_MS = 24 * HOUR_MS;

/** A QuestDB store, its raw readings made inside the server, and kept there for the next run. */
export async function fillQuestdb(
  { url, pgUrl }: { url: string; pgUrl: string },
  all: readonly Houses[],
): Promise<Filled> {
  const { questdbStore } = await stores.questdb();
  const store = questdbStore({ url, pgUrl, prefix: PREFIX, now: () => NOW });
  await store.meters();
  const sql = (text: string): Promise<unknown[][]> => ask(url, text);
  const [[count] = []] = await sql(`SELECT count() FROM ${PREFIX}readings WHERE ts < ${NOW * 1000}`);
  if (count !== readingsOf(all)) {
    for (const houses of all) await fill(sql, houses);
    await store.settled();
    await rollUpYears(sql);
    await store.settled();
    await addUpYears(sql);
    // As the store marks what it appends.
    await sql(
      `INSERT INTO ${PREFIX}marks SELECT timestamp_floor('h', now()), meter, quarter, 0, 1 FROM (
         SELECT DISTINCT meter, timestamp_floor('15m', ts)::long / 1000 AS quarter FROM ${PREFIX}readings
         WHERE meter NOT IN (${list(YEAR_METERS)}))`,
    );
    await store.settled();
  }
  await store.maintain();
  return { name: "QuestDB", store, bytes: undefined, bare: bareQuestions(sql) };
}

async function fill(
  sql: (text: string) => Promise<unknown>,
  { prefix, meters, from, stepMs, steps }: Houses,
): Promise<void> {
  // As many rows a statement as the server sorts with ease.
  const perStatement = Math.max(1, Math.floor(1_000_000 / meters));
  for (let step = 0; step < steps; step += perStatement) {
    const count = Math.min(perStatement, steps - step);
    const rows = `SELECT ${step} + (x - 1) / ${meters} AS i, (x - 1) % ${meters} AS m FROM long_sequence(${count * meters})`;
    await sql(
      `INSERT INTO ${PREFIX}readings (ts, meter, device, s, received, quality, ${names(stepMs)})
       SELECT (${from * 1000} + i * ${stepMs * 1000})::timestamp, concat('${prefix}', m), concat('${prefix}', m), i,
         ${from} + i * ${stepMs} + 40, 0, ${values(stepMs)} FROM (${rows})`,
    );
  }
}

/** What the store would make of one reading a quarter hour, at once; the others it rolls up itself. */
async function rollUpYears(sql: (text: string) => Promise<unknown>): Promise<void> {
  const counter = (name: string): string =>
    ["first", "last", "first_us", "last_us"].map((each) => `${name}_${each}`).join(", ");
  await sql(
    `INSERT INTO ${PREFIX}quarters (ts, meter, n, first_us, last_us, ${counter("imp")}, ${counter("exp")}, p_sum, p_n, p_min, p_max, received, cuts)
     SELECT ts, meter, 1, ts::long, ts::long, import_wh, import_wh, ts::long, ts::long, export_wh, export_wh, ts::long, ts::long,
       power_w, 1, power_w, power_w, received, 0
     FROM ${PREFIX}readings WHERE meter IN (${list(YEAR_METERS)})`,
  );
}

/** Likewise the days of the year; the others are made of their quarter hours by the store. */
async function addUpYears(sql: (text: string) => Promise<unknown>): Promise<void> {
  const counter = (name: string): string => `
    first(${name}_first) AS ${name}_first, last(${name}_last) AS ${name}_last, last(${name}_last) - first(${name}_first) AS ${name}_gained,
    min(${name}_first_us) AS ${name}_first_us, max(${name}_last_us) AS ${name}_last_us`;
  const columns = (name: string): string =>
    ["first", "last", "gained", "first_us", "last_us"].map((each) => `${name}_${each}`).join(", ");
  await sql(
    `INSERT INTO ${PREFIX}days (ts, meter, n, seen, first_us, last_us, ${columns("imp")}, ${columns("exp")}, p_sum, p_n, p_min, p_max,
       imp_unallocated, exp_unallocated)
     SELECT d, meter, n, seen, first_us, last_us, ${columns("imp")}, ${columns("exp")}, p_sum, p_n, p_min, p_max, 0.0, 0.0 FROM (
       SELECT timestamp_floor('d', ts) AS d, meter, sum(n) AS n, count() AS seen, min(first_us) AS first_us, max(last_us) AS last_us,
         ${counter("imp")}, ${counter("exp")}, sum(p_sum) AS p_sum, sum(p_n) AS p_n, min(p_min) AS p_min, max(p_max) AS p_max
       FROM ${PREFIX}quarters WHERE meter IN (${list(YEAR_METERS)}) GROUP BY d, meter ORDER BY d)`,
  );
}

const time = (ms: number): string => `'${new Date(ms).toISOString()}'`;
const list = (meters: readonly string[]): string => meters.map((meter) => `'${meter}'`).join(", ");

/**
 * The least that a table of quarter hours, of days, or of readings can be asked for the same. Of the year, what passed between
 * two days is not in it, nor are the days that a local midnight cuts.
 */
function bareQuestions(sql: (text: string) => Promise<unknown>): NonNullable<Filled["bare"]> {
  const quarters = `FROM ${PREFIX}quarters WHERE`;
  const day = (meters: readonly string[], round: number): Promise<unknown> => {
    const from = YEAR_START + ((round * 13) % 80) * DAY_MS;
    return sql(
      `SELECT ts, meter, imp_first, imp_last, imp_gained, exp_first, exp_last, exp_gained, p_sum, p_n, p_min, p_max
       ${quarters} meter IN (${list(meters)}) AND ts >= ${time(from)} AND ts < ${time(from + DAY_MS)}`,
    );
  };
  return {
    "one meter's day at 15 min": (round) => day([YEAR_METERS[(round * 7) % YEAR_METERS.length] ?? ""], round),
    "100 meters, a year by month": () =>
      sql(
        `SELECT meter, timestamp_floor('M', ts) AS k, sum(imp_gained), sum(exp_gained), sum(p_sum), sum(p_n), min(p_min), max(p_max), sum(n)
         FROM ${PREFIX}days WHERE meter IN (${list(YEAR_METERS)}) AND ts >= ${time(YEAR_START)} AND ts < ${time(YEAR_END)}`,
      ),
    "latest of 1,000 meters": () =>
      sql(
        `SELECT * FROM ${PREFIX}readings WHERE meter IN (${list(HOUR_METERS)}) LATEST ON ts PARTITION BY meter`,
      ),
    "100 meters' day at 15 min": (round) => day(YEAR_METERS, round),
  };
}

async function ask(url: string, query: string): Promise<unknown[][]> {
  const answer = await fetch(`${url}/exec?${new URLSearchParams({ query }).toString()}`);
  if (!answer.ok) throw new Error(await answer.text());
  return ((await answer.json()) as { dataset?: unknown[][] }).dataset ?? [];
}

/** A server that lives as long as the benchmark, unless QUESTDB_URL and QUESTDB_PG_URL name one. */
export async function questdbServer(
  folder: string,
): Promise<{ url: string; pgUrl: string; stop: () => Promise<void> }> {
  const { QUESTDB_URL: url, QUESTDB_PG_URL: pgUrl } = process.env;
  if (url !== undefined && pgUrl !== undefined) return { url, pgUrl, stop: async () => undefined };
  const servers = new URL("../../scripts/stack/servers.js", import.meta.url).href;
  const { startQuestdb } = (await import(servers)) as typeof import("../../scripts/stack/servers.js");
  // As many threads as it takes by itself on two cores, as with compose.yaml; servers of tests have one in each pool.
  const pools = ["NETWORK", "QUERY", "WRITE"].map((pool) => [`QDB_SHARED_${pool}_WORKER_COUNT`, "2"]);
  return startQuestdb({ dir: `${folder}/questdb`, jvm: ["-Xmx1g"], env: Object.fromEntries(pools) });
}

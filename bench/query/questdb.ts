import { stores } from "@smp/store";
import {
  HOUR_METERS,
  HOUR_MS,
  HOUSES,
  NOW,
  READINGS,
  YEAR_END,
  YEAR_METERS,
  YEAR_START,
  type Houses,
} from "./houses.ts";
import { names, values, type Filled } from "./stores.ts";

const PREFIX = "bench_";
const DAY_MS = 24 * HOUR_MS;

/** A QuestDB store, its raw readings made inside the server, and kept there for the next run. */
export async function fillQuestdb(url: string, pgUrl: string): Promise<Filled> {
  const { questdbStore } = await stores.questdb();
  const store = questdbStore({ url, pgUrl, prefix: PREFIX, now: () => NOW });
  await store.meters();
  const sql = (text: string): Promise<unknown[][]> => ask(url, text);
  const [[count] = []] = await sql(`SELECT count() FROM ${PREFIX}readings WHERE ts < ${NOW * 1000}`);
  if (count !== READINGS) {
    for (const houses of HOUSES) await fill(sql, houses);
    await store.settled();
    await rollUpYears(sql);
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

const time = (ms: number): string => `'${new Date(ms).toISOString()}'`;
const list = (meters: readonly string[]): string => meters.map((meter) => `'${meter}'`).join(", ");

/**
 * The least that a table of quarter hours, or of readings, can be asked for the same. The year's energy between two quarter
 * hours is not in it.
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
         ${quarters} meter IN (${list(YEAR_METERS)}) AND ts >= ${time(YEAR_START)} AND ts < ${time(YEAR_END)}`,
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

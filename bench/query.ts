/**
 * How long the store's answers take on 15 million readings, idle and while 1,000 meters write every 5 seconds; and what
 * HTTP adds. See bench/README.md.
 *
 * Run: npm run build && npm run bench:query -- [--stores duckdb,questdb] [--seconds 4]
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir, totalmem } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { ensureAdminToken, readConfig, startApi } from "@smp/api";
import type { Store } from "@smp/store";
import { pino } from "pino";
import { HOUR_METERS, HOUR_MS, NOW, READINGS, YEAR_METERS, YEAR_START } from "./query/houses.ts";
import { fillDuckdb, fillQuestdb, type Filled } from "./query/stores.ts";

const { values } = parseArgs({
  options: {
    stores: { type: "string", default: "duckdb" },
    seconds: { type: "string", default: "4" },
  },
});
const measureMs = Number(values.seconds) * 1000;
const DAY_MS = 24 * HOUR_MS;
const tz = "Europe/Vienna";

type Query = (round: number) => Promise<unknown>;
const dayOf = (round: number): { from: number; to: number } => {
  const from = YEAR_START + ((round * 13) % 80) * DAY_MS;
  return { from, to: from + DAY_MS };
};
const meterOf = (round: number): string => YEAR_METERS[(round * 7) % YEAR_METERS.length] ?? "";
const year = { from: YEAR_START, to: YEAR_START + 365 * DAY_MS, resolution: "month", tz } as const;

/** What is asked, and how long it may take at the median, in ms. */
const queries = (store: Store): Record<string, { limitMs?: number; ask: Query }> => ({
  "one meter's day at 15 min": {
    limitMs: 10,
    ask: (round) =>
      store.series({ meters: [meterOf(round)], ...dayOf(round), resolution: "15m", tz, perMeter: true }),
  },
  "100 meters, a year by month": {
    limitMs: 150,
    ask: () => store.series({ meters: YEAR_METERS, ...year, perMeter: true }),
  },
  "100 meters, a year by month, summed": {
    limitMs: 150,
    ask: () => store.series({ meters: YEAR_METERS, ...year, perMeter: false }),
  },
  "latest of 1,000 meters": { limitMs: 5, ask: () => store.latest(HOUR_METERS) },
  "one meter's March at 5 s by day": {
    ask: (round) =>
      store.series({
        meters: [`month${round % 20}`],
        from: Date.parse("2026-02-28T23:00:00Z"),
        to: Date.parse("2026-03-31T22:00:00Z"),
        resolution: "day",
        tz,
        perMeter: true,
      }),
  },
  "100 meters' day at 15 min": {
    ask: (round) =>
      store.series({ meters: YEAR_METERS, ...dayOf(round), resolution: "15m", tz, perMeter: true }),
  },
  "one hour of raw readings at 5 s": {
    ask: async (round) => {
      const from = Date.parse("2026-03-10T00:00:00Z") + (round % 100) * HOUR_MS;
      let count = 0;
      for await (const page of store.raw({ meter: `month${round % 20}`, from, to: from + HOUR_MS }))
        count += page.length;
      if (count !== 720) throw new Error(`${count} readings in an hour`);
    },
  },
});

const byValue = (list: readonly number[]): number[] => list.toSorted((a, b) => a - b);
const quantile = (list: readonly number[], q: number): number =>
  byValue(list)[Math.min(list.length - 1, Math.floor(list.length * q))] ?? 0;

async function timed(ask: Query): Promise<number[]> {
  for (let round = 0; round < 3; round++) await ask(round);
  const times: number[] = [];
  const end = performance.now() + measureMs;
  for (let round = 3; performance.now() < end || times.length < 5; round++) {
    const start = performance.now();
    await ask(round);
    times.push(performance.now() - start);
  }
  return times;
}

const line = (name: string, times: readonly number[], limitMs?: number): string => {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => quantile(times, q)) as [number, number, number];
  const verdict = limitMs === undefined ? "" : p50 <= limitMs ? `  (≤ ${limitMs})` : `  ABOVE ${limitMs}`;
  return `${name.padEnd(44)} p50 ${p50.toFixed(1).padStart(7)}  p95 ${p95.toFixed(1).padStart(7)}  p99 ${p99.toFixed(1).padStart(7)} ms${verdict}`;
};

/** 1,000 meters every 5 seconds, committed every 50 ms as the embedded platform does. */
function startWriting(store: Store): { stop(): Promise<number[]> } {
  const times: number[] = [];
  const ended = new AbortController();
  const writing = (async () => {
    for (let batch = 0; !ended.signal.aborted; batch++) {
      const start = performance.now();
      await store.append(
        Array.from({ length: 10 }, (_, index) => {
          const reading = batch * 10 + index;
          const t = NOW + Math.floor(reading / 1_000) * 5_000;
          const meter = HOUR_METERS[reading % 1_000] ?? "";
          const r = { "1-0:1.8.0": 2_000_000 + t / 5_000, "1-0:16.7.0": 400, "1-0:32.7.0": 230.1 };
          return { meter, device: meter, t, received: t, r };
        }),
      );
      times.push(performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve, 50 - (performance.now() - start)));
    }
  })();
  return {
    stop: async () => {
      ended.abort();
      await writing;
      return times;
    },
  };
}

/** The same day directly and through HTTP, in turns. */
async function httpAdds(store: Store, folder: string): Promise<string> {
  const token = await ensureAdminToken(store, path.join(folder, "admin.token"), NOW);
  const api = await startApi(readConfig({ SMP_HTTP_PORT: "0", SMP_HTTP_REQUESTS_PER_MINUTE: "0" }), {
    store,
    logger: pino({ level: "silent" }),
  });
  const ask = queries(store)["one meter's day at 15 min"]?.ask ?? (async () => undefined);
  const overHttp: Query = async (round) => {
    const { from, to } = dayOf(round);
    const answer = await fetch(
      `${api.url}/v1/meters/${meterOf(round)}/energy?from=${from}&to=${to}&resolution=15m&tz=${tz}`,
      { headers: { authorization: `Bearer ${token}` } },
    );
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    await answer.arrayBuffer();
  };
  const [direct, http]: [number[], number[]] = [[], []];
  for (let round = 0; round < 150; round++)
    for (const [times, query] of [
      [direct, ask],
      [http, overHttp],
    ] as const) {
      const start = performance.now();
      await query(round);
      if (round >= 20) times.push(performance.now() - start);
    }
  await api.close();
  const added = quantile(http, 0.5) - quantile(direct, 0.5);
  return `HTTP adds ${added.toFixed(1)} ms at the median to a day at 15 min (${quantile(direct, 0.5).toFixed(1)} → ${quantile(http, 0.5).toFixed(1)})${added <= 2 ? "  (≤ 2)" : "  ABOVE 2"}`;
}

async function measure({ name, store, bytes }: Filled, folder: string): Promise<void> {
  const each = (all: number): string => (all / READINGS).toFixed(1);
  const size = bytes
    ? `: ${each(bytes.raw)} bytes a reading of 8 registers, ${each(bytes.all)} with its roll-up`
    : "";
  console.log(`\n${name}, ${READINGS} readings${size}\n idle`);
  for (const [query, { ask, limitMs }] of Object.entries(queries(store)))
    console.log(`  ${line(query, await timed(ask), limitMs)}`);
  console.log(`  ${await httpAdds(store, folder)}`);
  console.log(" while 1,000 meters write every 5 s");
  const writing = startWriting(store);
  for (const [query, { ask, limitMs }] of Object.entries(queries(store)))
    console.log(`  ${line(query, await timed(ask), limitMs)}`);
  console.log(" and while somebody else asks for 100 meters' year without end");
  const enough = new AbortController();
  const heavy = (async () => {
    while (!enough.signal.aborted) await store.series({ meters: YEAR_METERS, ...year, perMeter: true });
  })();
  const day = queries(store)["one meter's day at 15 min"];
  if (day) console.log(`  ${line("one meter's day at 15 min", await timed(day.ask))}`);
  enough.abort();
  await heavy;
  console.log(`  ${line("append of 10 readings, all the while", await writing.stop())}`);
}

async function main(): Promise<void> {
  const root = new URL(import.meta.url.includes("/dist/bench/") ? "../../" : "../", import.meta.url);
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root }).toString().trim();
  console.log(
    `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, commit ${commit}`,
  );
  const folder = await mkdtemp(path.join(tmpdir(), "smp-query-bench-"));
  try {
    for (const kind of values.stores.split(",")) {
      const started = performance.now();
      const filled =
        kind === "duckdb"
          ? await fillDuckdb(folder)
          : await fillQuestdb(process.env["QUESTDB_URL"] ?? "", process.env["QUESTDB_PG_URL"] ?? "");
      console.log(`filled in ${((performance.now() - started) / 1000).toFixed(0)} s`);
      try {
        await measure(filled, folder);
      } finally {
        await filled.store.close();
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await main();

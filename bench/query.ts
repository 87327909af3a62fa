/**
 * How long the store's answers take on 15 million readings, idle and while 1,000 meters write every 5 seconds; and what
 * HTTP adds. See bench/README.md.
 *
 * Run: npm run build && npm run bench:query -- [--stores duckdb,questdb] [--seconds 4] [--data DIR] [--fewer]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Store } from "@smp/store";
import { apiOf, type Api } from "./query/api.ts";
import { inTurns, itself, serveClient, startClient, startPeer } from "./query/client.ts";
import {
  FEWER_HOUSES,
  HOUR_METERS,
  HOUR_MS,
  HOUSES,
  readingsOf,
  YEAR_METERS,
  YEAR_START,
} from "./query/houses.ts";
import { fillQuestdb, questdbServer } from "./query/questdb.ts";
import { filledDuckdb, type Filled } from "./query/stores.ts";
import { line, machine, timed, type Query } from "./query/timing.ts";
import { startWriting } from "./query/writing.ts";

const { values } = parseArgs({
  options: {
    stores: { type: "string", default: "duckdb" },
    seconds: { type: "string", default: "4" },
    data: { type: "string" },
    fewer: { type: "boolean", default: false },
  },
});
const houses = values.fewer ? FEWER_HOUSES : HOUSES;
const READINGS = readingsOf(houses);
const measureMs = Number(values.seconds) * 1000;
const DAY_MS = 24 * HOUR_MS;
/** Of a day at 15 minutes. */
const ANSWER_BYTES = 20_433;
const tz = "Europe/Vienna";

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
      const from = Date.parse("2026-03-01T00:00:00Z") + (round % 96) * HOUR_MS;
      let count = 0;
      for await (const page of store.raw({ meter: `month${round % 20}`, from, to: from + HOUR_MS }))
        count += page.length;
      if (count !== 720) throw new Error(`${count} readings in an hour`);
    },
  },
});

/**
 * The same day directly and through HTTP, in turns, by a client in a process of its own: plain and compressed, and as Node's own
 * client of HTTP sees it. The peer is a server of this process that knows nothing but an answer as long.
 */
async function httpAdds(store: Store, { url, headers }: Api): Promise<string> {
  const client = startClient(fileURLToPath(import.meta.url));
  type Asked = Parameters<typeof client.ask>[0];
  const question = (round: number, encoding: string, by: Asked["by"] = "line"): Asked => {
    const { from, to } = dayOf(round);
    const path = `/v1/meters/${meterOf(round)}/energy?from=${from}&to=${to}&resolution=15m&tz=${tz}`;
    return { by, url: `${url}${path}`, headers: { ...headers, "accept-encoding": encoding } };
  };
  // As the API asks: the buckets, and what the day's total is.
  const direct = (round: number): Promise<unknown> =>
    store.seriesAndWhole({
      meters: [meterOf(round)],
      ...dayOf(round),
      resolution: "15m",
      tz,
      perMeter: true,
    });
  const peer = await startPeer(ANSWER_BYTES);
  // After a query, as every answer of the API comes.
  const askPeer = (by: Asked["by"]) => async (round: number) => {
    await direct(round);
    return client.ask({ by, url: peer.url, headers });
  };
  const [storeMs = 0, plain = 0, gzip = 0, peerMs = 0, node = 0, peerOfNode = 0] = await inTurns(
    [
      itself(direct),
      (round) => client.ask(question(round, "identity")),
      (round) => client.ask(question(round, "gzip")),
      askPeer("line"),
      (round) => client.ask(question(round, "identity", "node")),
      askPeer("node"),
    ],
    // A server runs for days: what its first thousand requests take longer is not what is asked here.
    { rounds: 200, warmUp: 400 },
  );
  await peer.close();
  client.close();
  const added = (ms: number): string => (ms - storeMs).toFixed(1);
  return `HTTP adds ${added(plain)} ms at the median to a day at 15 min (${storeMs.toFixed(1)} → ${plain.toFixed(1)}), ${added(gzip)} with gzip; a bare server takes ${peerMs.toFixed(1)}; a client of Node's http sees ${added(node)}, of a bare server ${peerOfNode.toFixed(1)}${plain - storeMs <= 2 ? "  (≤ 2)" : "  ABOVE 2"}`;
}

async function measure({ name, store, bytes, bare = {} }: Filled, api: Api): Promise<void> {
  const each = (all: number): string => (all / READINGS).toFixed(1);
  const size = bytes
    ? `: ${each(bytes.raw)} bytes a reading of 8 registers, ${each(bytes.all)} with its roll-up`
    : "";
  console.log(`\n${name}, ${READINGS} readings${size}`);
  const all = async (when: string): Promise<void> => {
    console.log(` ${when}`);
    for (const [query, { ask, limitMs }] of Object.entries(queries(store))) {
      console.log(`  ${line(query, await timed(ask, measureMs), limitMs)}`);
      const least = bare[query];
      if (least) console.log(`  ${line("  the engine's SQL alone", await timed(least, measureMs))}`);
    }
    console.log(`  ${await httpAdds(store, api)}`);
  };
  await all("idle");
  const writing = startWriting(store);
  await all("while 1,000 meters write every 5 s");
  console.log(" and while somebody else asks for 100 meters' year without end");
  const enough = new AbortController();
  const heavy = (async () => {
    while (!enough.signal.aborted) await store.series({ meters: YEAR_METERS, ...year, perMeter: true });
  })();
  const day = queries(store)["one meter's day at 15 min"];
  if (day) console.log(`  ${line("one meter's day at 15 min", await timed(day.ask, measureMs))}`);
  enough.abort();
  await heavy;
  console.log(`  ${line("append of 10 readings, all the while", await writing.stop())}`);
}

async function main(): Promise<void> {
  console.log(machine());
  const folder = await mkdtemp(join(tmpdir(), "smp-query-bench-"));
  try {
    for (const kind of values.stores.split(",")) {
      const started = performance.now();
      const server = kind === "questdb" ? await questdbServer(values.data ?? folder) : undefined;
      const filled = server
        ? await fillQuestdb(server, houses)
        : await filledDuckdb(folder, values.data, houses);
      console.log(`filled in ${((performance.now() - started) / 1000).toFixed(0)} s`);
      try {
        // Beside what is kept of a server: its administrator's token is made once.
        const api = await apiOf(filled.store, server ? (values.data ?? folder) : folder);
        await measure(filled, api);
        await api.close();
      } finally {
        await filled.store.close();
        await server?.stop();
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.env["BENCH_CLIENT"] === undefined) await main();
else serveClient();

/**
 * How long answers about money take over HTTP, on the readings of bench/query.ts: a month and a year of one meter under each of
 * the shipped example contracts, idle and while 1,000 meters write every 5 seconds. See bench/README.md.
 *
 * Run: npm run build && npm run bench:costs -- [--seconds 4] [--data DIR]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { apiOf, type Api } from "./query/api.ts";
import { HOUR_MS, QUARTER_MS, YEAR_END, YEAR_METERS, YEAR_START } from "./query/houses.ts";
import { filledDuckdb } from "./query/stores.ts";
import { line, machine, timed } from "./query/timing.ts";
import { startWriting } from "./query/writing.ts";

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "4" }, data: { type: "string" } },
});
const measureMs = Number(values.seconds) * 1000;
/** Meters of each contract, so that rounds do not ask the same again and again. */
const METERS_EACH = 20;

async function send(api: Api, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${api.url}${path}`, {
    headers: { ...api.headers, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { method: "PUT", body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

interface Contract {
  id: string;
  import: { series?: string }[];
}

/** Each example contract for meters of its own, and a year of prices of each quarter hour; gives contract ids and meters. */
async function putContracts(api: Api): Promise<[string, readonly string[]][]> {
  const { tariffs } = (await send(api, "/v1/tariffs/examples")) as { tariffs: Contract[] };
  const given: [string, readonly string[]][] = [];
  for (const [index, tariff] of tariffs.entries()) {
    const meters = YEAR_METERS.slice(index * METERS_EACH, (index + 1) * METERS_EACH);
    await send(api, `/v1/tariffs/${tariff.id}`, { ...tariff, meters });
    given.push([tariff.id, meters]);
  }
  for (const series of new Set(
    tariffs.flatMap((tariff) => tariff.import.flatMap((part) => part.series ?? [])),
  ))
    for (let from = YEAR_START; from < YEAR_END; from += 30 * 24 * HOUR_MS)
      await send(api, `/v1/prices/${series}`, {
        currency: "EUR",
        slot: "15m",
        prices: Array.from({ length: 30 * 96 }, (_, index) => ({
          start: new Date(from + index * QUARTER_MS).toISOString(),
          price: `${index % 7 === 0 ? "-" : ""}0.${String(10_000 + ((index * 37) % 9_000)).padStart(6, "0")}`,
        })),
      });
  return given;
}

const QUESTIONS = [
  { name: "a month by day", query: "from=2026-10-01&to=2026-11-01&resolution=day", limitMs: 50 },
  { name: "a year by month", query: "from=2026-01-01&to=2027-01-01&resolution=month", limitMs: 300 },
  { name: "a year by day", query: "from=2026-01-01&to=2027-01-01&resolution=day", limitMs: 300 },
];

async function measure(api: Api, contracts: readonly [string, readonly string[]][]): Promise<void> {
  for (const [contract, meters] of contracts)
    for (const { name, query, limitMs } of QUESTIONS) {
      const ask = (round: number): Promise<unknown> =>
        send(api, `/v1/meters/${meters[round % meters.length]}/cost?${query}&tz=Europe/Vienna`);
      console.log(`  ${line(`${contract}, ${name}`, await timed(ask, measureMs), limitMs)}`);
    }
}

async function main(): Promise<void> {
  console.log(machine());
  const folder = await mkdtemp(join(tmpdir(), "smp-costs-bench-"));
  try {
    const { store } = await filledDuckdb(folder, values.data);
    const api = await apiOf(store, folder);
    const contracts = await putContracts(api);
    console.log(" idle");
    await measure(api, contracts);
    console.log(" while 1,000 meters write every 5 s");
    const writing = startWriting(store);
    await measure(api, contracts);
    await writing.stop();
    await api.close();
    await store.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await main();

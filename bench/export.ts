/**
 * A whole year of one meter at 5 seconds (6.3 million readings) through HTTP as CSV, NDJSON and Parquet: time, size, and the
 * memory of the process that serves it; and what a client that reads slowly costs. See bench/README.md.
 *
 * Run: npm run build && npm run bench:export -- [--formats csv,ndjson,parquet] [--slow 20] [--data DIR]   (Linux)
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { apiOf, type Api } from "./query/api.ts";
import { readingsOf, YEAR_AT_5_S, YEAR_END, YEAR_START } from "./query/houses.ts";
import { fileIn, filledDuckdb, openDuckdb } from "./query/stores.ts";
import { machine } from "./query/timing.ts";

const { values } = parseArgs({
  options: {
    formats: { type: "string", default: "csv,ndjson,parquet" },
    slow: { type: "string", default: "20" },
    data: { type: "string" },
    serve: { type: "string" },
  },
});
const MIB = 2 ** 20;
const SLOW_BYTES_A_SECOND = 2 * MIB;

/** The process that is measured: the store of a folder behind the HTTP API. */
async function serve(folder: string): Promise<void> {
  const store = await openDuckdb(fileIn(folder));
  await store.health();
  const api = await apiOf(store, folder);
  process.send?.({ url: api.url, headers: api.headers });
  await once(process, "message");
  await api.close();
  await store.close();
  process.disconnect();
}

const rssOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0) * 1024;

/** Runs a task against a server process of its own, and gives the process' memory before and at most. */
async function served<T>(
  folder: string,
  task: (api: Pick<Api, "url" | "headers">) => Promise<T>,
): Promise<{ result: T; before: number; most: number; end: number }> {
  const child: ChildProcess = fork(fileURLToPath(import.meta.url), ["--serve", folder]);
  const [api] = (await once(child, "message")) as [Pick<Api, "url" | "headers">];
  const pid = child.pid ?? 0;
  const before = rssOf(pid);
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, rssOf(pid))), 50);
  try {
    const result = await task(api);
    return { result, before, most, end: rssOf(pid) };
  } finally {
    clearInterval(timer);
    child.send("end");
    await once(child, "exit");
  }
}

async function exported(
  { url, headers }: Pick<Api, "url" | "headers">,
  format: string,
): Promise<IncomingMessage> {
  const path = `/v1/meters/${YEAR_AT_5_S.prefix}0/readings?from=${YEAR_START}&to=${YEAR_END}&format=${format}&tz=Europe/Vienna`;
  const [answer] = (await once(get(`${url}${path}`, { headers }), "response")) as [IncomingMessage];
  if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode}`);
  return answer;
}

const mib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`;

async function measure(folder: string, format: string): Promise<void> {
  const start = performance.now();
  const { result, before, most } = await served(folder, async (api) => {
    let [bytes, lines] = [0, 0];
    for await (const part of await exported(api, format)) {
      const chunk = part as Buffer;
      bytes += chunk.length;
      if (format === "parquet") continue;
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
    }
    return { bytes, lines };
  });
  const seconds = (performance.now() - start) / 1000;
  const readings = readingsOf([YEAR_AT_5_S]);
  const expected = { csv: readings + 1, ndjson: readings }[format];
  if (expected !== undefined && result.lines !== expected) throw new Error(`${result.lines} lines`);
  console.log(
    `${format.padEnd(9)} ${mib(result.bytes).padStart(9)} in ${seconds.toFixed(0).padStart(4)} s, ${Math.round(readings / seconds / 1000)} k readings/s; memory ${mib(before)} before, at most ${mib(most)}`,
  );
}

/** A client that takes little at a time, and then leaves. */
async function measureSlow(folder: string, seconds: number): Promise<void> {
  const { result, before, most, end } = await served(folder, async (api) => {
    const answer = await exported(api, "csv");
    const until = performance.now() + seconds * 1000;
    let bytes = 0;
    for await (const part of answer) {
      bytes += (part as Buffer).length;
      await new Promise((resolve) =>
        setTimeout(resolve, ((part as Buffer).length / SLOW_BYTES_A_SECOND) * 1000),
      );
      if (performance.now() > until) break;
    }
    answer.destroy();
    return bytes;
  });
  console.log(
    `csv, read slowly: ${mib(result)} in ${seconds} s; memory ${mib(before)} before, at most ${mib(most)}, ${mib(end)} at the end`,
  );
}

async function main(): Promise<void> {
  console.log(machine());
  const folder = await mkdtemp(join(tmpdir(), "smp-export-bench-"));
  try {
    const { store } = await filledDuckdb(folder, values.data, [YEAR_AT_5_S]);
    await store.close();
    for (const format of values.formats.split(",").filter(Boolean)) await measure(folder, format);
    if (Number(values.slow) > 0) await measureSlow(folder, Number(values.slow));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await (values.serve === undefined ? main() : serve(values.serve));

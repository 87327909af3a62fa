/**
 * Acknowledged-and-durable readings a second over mTLS with QoS 1: the embedded platform, broker and ingest on Kafka, and
 * Debian's mosquitto 2, side by side in one run. See bench/README.md.
 *
 * Run: npm run build && npm run bench:ingest -- [--runs 3] [--seconds 5] [--targets mosquitto,bare,embedded,kafka,kafka-2] [--shapes 50x16,500x1] [--idle 1000,5000]
 */
import { execFileSync, spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir, totalmem } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { addDevice, addService, initCa } from "@smp/certs";
import { serveBare, type BareJob } from "./ingest/bare.ts";
import { generate, type GeneratorJob, type GeneratorResult } from "./ingest/generator.ts";
import {
  bare,
  cpuSeconds,
  embedded,
  kafka,
  kafka2,
  mosquitto,
  OTHER_CORE,
  residentBytes,
  type Places,
  type Target,
} from "./ingest/targets.ts";

const TARGETS = { mosquitto, bare, embedded, kafka, "kafka-2": kafka2 };
const DAY_MS = 86_400_000;
const WARM_UP_MS = 2_000;
/** Code is compiled while it runs: Kafka's took three times as long in its first seconds as after twenty under load. */
const FIRST_DISCARDED_MS = 15_000;
const DISCARDED_MS = 2_000;
const REST_MS = 4_000;

interface Measured extends GeneratorResult {
  perSecond: number;
  /** CPU seconds per 10,000 messages, by process. */
  cpu: Record<string, number>;
}

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "3" },
    seconds: { type: "string", default: "5" },
    targets: { type: "string", default: "mosquitto,bare,embedded,kafka,kafka-2" },
    shapes: { type: "string", default: "50x16,500x1" },
    idle: { type: "string", default: "" },
  },
});

const byValue = (list: readonly number[]): number[] => list.toSorted((a, b) => a - b);
const median = (list: readonly number[]): number => byValue(list)[list.length >> 1] ?? 0;
const spread = (list: readonly number[], digits = 0): string =>
  `${median(list).toFixed(digits)} [${Math.min(...list).toFixed(digits)}-${Math.max(...list).toFixed(digits)}]`;

/** The generator, in a process of its own on the other core. */
function startGenerator(job: GeneratorJob): ChildProcessByStdio<null, Readable, null> {
  return spawn("taskset", ["-c", OTHER_CORE, process.execPath, fileURLToPath(import.meta.url)], {
    env: { ...process.env, BENCH_JOB: JSON.stringify(job) },
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** Memory of the broker with so many connections that do nothing, after a rest. */
async function residentWith(
  target: Target,
  connections: number,
  devices: GeneratorJob["devices"],
): Promise<number> {
  const child = startGenerator({
    port: target.port,
    devices,
    connections,
    window: 0,
    warmUpMs: REST_MS,
    measureMs: 60_000,
    firstMs: 0,
    stepMs: 0,
  });
  const exit = once(child, "exit");
  let bytes = 0;
  for await (const line of createInterface({ input: child.stdout }))
    if (line === "start") {
      bytes = residentBytes(target.broker);
      child.kill();
    }
  await exit;
  if (bytes === 0) throw new Error(`${target.name} did not take ${connections} connections`);
  return bytes;
}

async function reportIdle(
  target: Target,
  counts: readonly number[],
  devices: GeneratorJob["devices"],
): Promise<void> {
  const empty = residentBytes(target.broker);
  const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
  for (const count of counts) {
    const bytes = await residentWith(target, count, devices);
    const perConnection = ((bytes - empty) / count / 1_024).toFixed(0);
    console.log(
      `idle   ${target.name.padEnd(16)} ${count} connections: ${megabytes(bytes)} MiB, empty ${megabytes(empty)} MiB, ${perConnection} KiB a connection`,
    );
  }
}

/** One run of the generator. */
async function measure(target: Target, job: GeneratorJob): Promise<Measured> {
  const child = startGenerator(job);
  const used = (): Record<string, number> =>
    Object.fromEntries(
      Object.entries({
        ...target.processes,
        "its main thread": `${target.broker}/task/${target.broker}`,
        generator: child.pid ?? 0,
      }).map(([name, process]) => [name, cpuSeconds(process)]),
    );
  let before: Record<string, number> = {};
  let after: Record<string, number> = {};
  let result: GeneratorResult | undefined;
  const exit = once(child, "exit");
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === "start") before = used();
    else {
      after = used();
      result = JSON.parse(line) as GeneratorResult;
      // It waits to be ended, so that its CPU time can be read.
      child.kill();
    }
  }
  await exit;
  if (!result) throw new Error(`${target.name}: the generator ended without a result`);
  const { acknowledged, seconds } = result;
  const cpu = Object.fromEntries(
    Object.entries(after).map(([name, used]) => [
      name,
      ((used - (before[name] ?? 0)) / acknowledged) * 10_000,
    ]),
  );
  return { ...result, perSecond: acknowledged / seconds, cpu };
}

function report(name: string, shape: string, runs: readonly Measured[], baseline: number | undefined): void {
  const rate = runs.map(({ perSecond }) => perSecond);
  const processes = Object.keys(runs[0]?.cpu ?? {})
    .map((process) => {
      const seconds = runs.map(({ cpu }) => cpu[process] ?? 0);
      return `${process} ${spread(seconds, 3)}`;
    })
    .join(", ");
  const ratio = baseline === undefined ? "" : `  ${(median(rate) / baseline).toFixed(2)} x mosquitto`;
  console.log(
    `${shape.padEnd(6)} ${name.padEnd(16)} ${spread(rate).padEnd(22)} readings/s${ratio}\n` +
      `       PUBACK ms: p50 ${spread(
        runs.map(({ p50Ms }) => p50Ms),
        1,
      )}, p99 ${spread(
        runs.map(({ p99Ms }) => p99Ms),
        1,
      )}\n` +
      `       CPU s per 10,000: ${processes}`,
  );
}

async function main(): Promise<void> {
  const root = new URL(import.meta.url.includes("/dist/bench/") ? "../../" : "../", import.meta.url);
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root }).toString().trim();
  console.log(
    `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, commit ${commit}`,
  );
  const shapes = values.shapes.split(",").map((shape) => {
    const [connections = 0, window = 0] = shape.split("x").map(Number);
    return { shape, connections, window };
  });
  const idle = values.idle.split(",").filter(Boolean).map(Number);
  const dir = await mkdtemp(path.join(tmpdir(), "smp-ingest-bench-"));
  const places: Places = { root, dir, pki: path.join(dir, "pki") };
  // An interrupted run leaves neither processes nor files behind.
  let running: Target | undefined;
  const interrupted = async (): Promise<void> => {
    await running?.close();
    await rm(dir, { recursive: true, force: true });
    process.exit(130);
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void interrupted());
  try {
    await initCa({ dir: places.pki });
    await addService({ dir: places.pki, id: "broker", hostnames: ["127.0.0.1"] });
    await addDevice({ dir: places.pki, id: "subscriber" });
    const devices: GeneratorJob["devices"] = [];
    for (let index = 0; index < Math.max(...shapes.map(({ connections }) => connections)); index++) {
      const { files } = await addDevice({ dir: places.pki, id: `load-${index}` });
      devices.push({ id: `load-${index}`, certificates: path.dirname(files.cert) });
    }
    const baselines = new Map<string, number>();
    for (const name of values.targets.split(",") as (keyof typeof TARGETS)[]) {
      const target = await TARGETS[name](places);
      running = target;
      let day = 0;
      try {
        await reportIdle(target, idle, devices);
        for (const { shape, connections, window } of Number(values.runs) > 0 ? shapes : []) {
          const run = (ms: number): Promise<Measured> =>
            measure(target, {
              port: target.port,
              devices: devices.slice(0, connections),
              connections,
              window,
              warmUpMs: WARM_UP_MS,
              measureMs: ms,
              firstMs: Date.now() - 60 * DAY_MS + day++ * DAY_MS,
              stepMs: 100,
            });
          // Kafka makes its topics with the first append, too.
          await run(day === 0 ? FIRST_DISCARDED_MS : DISCARDED_MS);
          const runs: Measured[] = [];
          while (runs.length < Number(values.runs)) runs.push(await run(Number(values.seconds) * 1000));
          if (runs.some(({ acknowledged }) => acknowledged === 0))
            throw new Error(`${target.name} acknowledged nothing in a whole run`);
          if (name === "mosquitto") baselines.set(shape, median(runs.map(({ perSecond }) => perSecond)));
          report(target.name, shape, runs, baselines.get(shape));
          const rejected = await target.rejected();
          if (rejected > 0)
            throw new Error(`${target.name} rejected ${rejected} readings: the figures mean nothing`);
        }
      } finally {
        running = undefined;
        await target.close();
      }
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const { BENCH_JOB: job, BENCH_BARE: bareJob } = process.env;
if (bareJob !== undefined) {
  process.once("SIGTERM", () => process.exit(0));
  console.log(await serveBare(JSON.parse(bareJob) as BareJob));
} else if (job === undefined) await main();
else {
  console.log(JSON.stringify(await generate(JSON.parse(job) as GeneratorJob, () => console.log("start"))));
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}

/**
 * Acknowledged-and-durable readings a second over mTLS with QoS 1: the embedded platform, broker and ingest on Kafka, and
 * Debian's mosquitto 2, by turns in one run, all of them up all the time. See bench/README.md.
 *
 * Run: npm run build && npm run bench:ingest -- [--runs 3] [--seconds 5] [--targets mosquitto,bare,embedded,kafka,kafka-2] [--shapes 50x16,500x1] [--idle 1000,5000]
 * `embedded@/some/checkout` is that one's build, to see what a change brought.
 */
import { execFileSync, spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir, totalmem } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { addDevice, addService, initCa } from "@smp/certs";
import { serveBare, type BareJob } from "./ingest/bare.ts";
import { openGenerator, type GeneratorJob, type GeneratorResult, type Turn } from "./ingest/generator.ts";
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
const WARM_UP_MS = 250;
/**
 * Code is compiled while it runs. In its first minute under load Kafka's JVM takes up to half of the generator's core for that;
 * a Kafka that has run for a day takes nothing.
 */
const FIRST_DISCARDED_MS = 60_000;
const DISCARDED_MS = 2_000;
const REST_MS = 4_000;
/** As meters send, so that a quarter hour holds as many readings as theirs when the store rolls it up. */
const STEP_MS = 5_000;

interface Shape {
  name: string;
  connections: number;
  window: number;
}

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
/** Mean and its standard error. */
const meanOf = (list: readonly number[]): string => {
  const mean = list.reduce((sum, one) => sum + one, 0) / list.length;
  const squares = list.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  return `${mean.toFixed(2)} ± ${Math.sqrt(squares / (list.length - 1) / list.length).toFixed(2)}`;
};
const spread = (list: readonly number[], digits = 0): string =>
  `${median(list).toFixed(digits)} [${Math.min(...list).toFixed(digits)}-${Math.max(...list).toFixed(digits)}]`;

/** The generator, in a process of its own on the other core. */
class Generator {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor(job: GeneratorJob) {
    this.#child = spawn("taskset", ["-c", OTHER_CORE, process.execPath, fileURLToPath(import.meta.url)], {
      env: { ...process.env, BENCH_JOB: JSON.stringify(job) },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async run(turn: Turn, onStart: () => void): Promise<GeneratorResult> {
    this.#child.stdin.write(`${JSON.stringify(turn)}\n`);
    await this.#line();
    onStart();
    return JSON.parse(await this.#line()) as GeneratorResult;
  }

  async close(): Promise<void> {
    const exit = once(this.#child, "exit");
    this.#child.stdin.end();
    await exit;
  }

  async #line(): Promise<string> {
    const { done, value } = await this.#lines.next();
    if (done === true) throw new Error("the generator ended without a result");
    return value;
  }
}

/** Memory of the broker with so many connections that do nothing, after a rest. */
async function residentWith(target: Target, job: GeneratorJob): Promise<number> {
  const generator = new Generator(job);
  let bytes = 0;
  await generator.run({ warmUpMs: REST_MS, measureMs: 0 }, () => (bytes = residentBytes(target.broker)));
  await generator.close();
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
    const bytes = await residentWith(target, {
      port: target.port,
      devices,
      connections: count,
      window: 0,
      firstMs: 0,
      stepMs: 0,
    });
    const perConnection = ((bytes - empty) / count / 1_024).toFixed(0);
    console.log(
      `idle   ${target.name.padEnd(16)} ${count} connections: ${megabytes(bytes)} MiB, empty ${megabytes(empty)} MiB, ${perConnection} KiB a connection`,
    );
  }
}

/** One turn of a target. */
async function measure(target: Target, generator: Generator, turn: Turn): Promise<Measured> {
  const used = (): Record<string, number> =>
    Object.fromEntries(
      Object.entries({
        ...target.processes,
        "its main thread": `${target.broker}/task/${target.broker}`,
        generator: generator.pid,
      }).map(([name, process]) => [name, cpuSeconds(process)]),
    );
  let before: Record<string, number> = {};
  const result = await generator.run(turn, () => (before = used()));
  const { acknowledged, seconds } = result;
  const cpu = Object.fromEntries(
    Object.entries(used()).map(([name, after]) => [
      name,
      ((after - (before[name] ?? 0)) / acknowledged) * 10_000,
    ]),
  );
  return { ...result, perSecond: acknowledged / seconds, cpu };
}

/** What one target gave in all turns, and how it stands to the first target in the same turn. */
async function report(
  target: Target,
  index: number,
  shape: string,
  turns: readonly Measured[][],
): Promise<void> {
  const runs = turns.map((turn) => turn[index]!);
  if (runs.some(({ acknowledged }) => acknowledged === 0))
    throw new Error(`${target.name} acknowledged nothing in a whole run`);
  const rejected = await target.rejected();
  if (rejected > 0) throw new Error(`${target.name} rejected ${rejected} readings: the figures mean nothing`);
  const spreadOf = (figure: (run: Measured) => number, digits?: number): string =>
    spread(runs.map(figure), digits);
  const ratios = turns.map((turn) => turn[index]!.perSecond / turn[0]!.perSecond);
  const processes = Object.keys(runs[0]?.cpu ?? {}).map(
    (name) => `${name} ${spreadOf(({ cpu }) => cpu[name] ?? 0, 3)}`,
  );
  console.log(
    `${shape.padEnd(6)} ${target.name.padEnd(18)} ${spreadOf(({ perSecond }) => perSecond).padEnd(22)} readings/s  ${meanOf(ratios)} x the first\n` +
      `       PUBACK ms: p50 ${spreadOf(({ p50Ms }) => p50Ms, 1)}, p99 ${spreadOf(({ p99Ms }) => p99Ms, 1)}\n` +
      `       CPU s per 10,000: ${processes.join(", ")}`,
  );
}

/** `kafka`, or `kafka@/some/checkout`: that one's build. */
function openTarget(text: string, places: Places): Promise<Target> {
  const [name = "", checkout] = text.split("@");
  const open = TARGETS[name as keyof typeof TARGETS];
  if (!open) throw new Error(`--targets: no ${name}; there are ${Object.keys(TARGETS).join(", ")}`);
  return open({ ...places, ...(checkout !== undefined && { checkout }) });
}

/** All targets by turns. */
async function measureShape(
  { name, connections, window }: Shape,
  index: number,
  targets: readonly Target[],
  devices: GeneratorJob["devices"],
): Promise<void> {
  const generators: Generator[] = [];
  try {
    for (const { port } of targets) {
      // No reading's time comes twice.
      const firstMs = Date.now() - (60 - 20 * index) * DAY_MS;
      const generator = new Generator({
        port,
        devices: devices.slice(0, connections),
        connections,
        window,
        firstMs,
        stepMs: STEP_MS,
      });
      generators.push(generator);
      // Kafka makes its topics with the first append, too.
      const measureMs = index === 0 ? FIRST_DISCARDED_MS : DISCARDED_MS;
      await generator.run({ warmUpMs: 0, measureMs }, () => undefined);
    }
    const turn: Turn = { warmUpMs: WARM_UP_MS, measureMs: Number(values.seconds) * 1000 };
    const turns: Measured[][] = [];
    while (turns.length < Number(values.runs)) {
      const measured: Measured[] = [];
      for (const [position, target] of targets.entries())
        measured.push(await measure(target, generators[position]!, turn));
      turns.push(measured);
    }
    for (const [position, target] of targets.entries()) await report(target, position, name, turns);
  } finally {
    await Promise.all(generators.map((generator) => generator.close()));
  }
}

async function main(): Promise<void> {
  const root = new URL(import.meta.url.includes("/dist/bench/") ? "../../" : "../", import.meta.url);
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root }).toString().trim();
  console.log(
    `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, commit ${commit}`,
  );
  const shapes = values.shapes.split(",").map((shape): Shape => {
    const [connections = 0, window = 0] = shape.split("x").map(Number);
    return { name: shape, connections, window };
  });
  const idle = values.idle.split(",").filter(Boolean).map(Number);
  const dir = await mkdtemp(path.join(tmpdir(), "smp-ingest-bench-"));
  const places: Places = { root, dir, pki: path.join(dir, "pki") };
  const targets: Target[] = [];
  const cleanUp = async (): Promise<void> => {
    for (const target of targets.splice(0)) await target.close();
    await rm(dir, { recursive: true, force: true });
  };
  // An interrupted run leaves neither processes nor files behind.
  for (const signal of ["SIGINT", "SIGTERM"])
    process.once(signal, () => void cleanUp().then(() => process.exit(130)));
  try {
    await initCa({ dir: places.pki });
    await addService({ dir: places.pki, id: "broker", hostnames: ["127.0.0.1"] });
    await addDevice({ dir: places.pki, id: "subscriber" });
    const devices: GeneratorJob["devices"] = [];
    for (let index = 0; index < Math.max(...shapes.map(({ connections }) => connections)); index++) {
      const { files } = await addDevice({ dir: places.pki, id: `load-${index}` });
      devices.push({ id: `load-${index}`, certificates: path.dirname(files.cert) });
    }
    for (const name of values.targets.split(",")) {
      const target = await openTarget(name, places);
      targets.push(target);
      await reportIdle(target, idle, devices);
    }
    for (const [index, shape] of (Number(values.runs) > 0 ? shapes : []).entries())
      await measureShape(shape, index, targets, devices);
  } finally {
    await cleanUp();
  }
}

/** In the generator's process: a turn for each line of its input. */
async function generate(job: GeneratorJob): Promise<void> {
  const run = await openGenerator(job);
  for await (const line of createInterface({ input: process.stdin }))
    console.log(JSON.stringify(await run(JSON.parse(line) as Turn, () => console.log("start"))));
  process.exit(0);
}

const { BENCH_JOB: job, BENCH_BARE: bareJob } = process.env;
if (bareJob !== undefined) {
  process.once("SIGTERM", () => process.exit(0));
  console.log(await serveBare(JSON.parse(bareJob) as BareJob));
} else if (job === undefined) await main();
else await generate(JSON.parse(job) as GeneratorJob);

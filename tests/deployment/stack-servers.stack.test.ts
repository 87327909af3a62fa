import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { CompressionTypes, Kafka, logLevel, Partitioners } from "kafkajs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startKafka, startQuestdb } from "../../scripts/stack/servers.js";

// Servers of its own, because it kills them.
let dir: string;
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "smp-servers-"));
});

afterAll(async () => {
  for (const close of closers.toReversed()) await close();
  await rm(dir, { recursive: true, force: true });
});

test(
  "kafka keeps every acknowledged record and committed offset when it is killed and started again",
  { timeout: 180_000 },
  async () => {
    const kafka = await startKafka({ dir: path.join(dir, "kafka") });
    closers.push(() => kafka.stop());
    const client = new Kafka({
      brokers: [kafka.brokers],
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 100, retries: 3 },
    });
    const admin = client.admin();
    const topic = "kill";
    const groupId = "kill-readers";
    await admin.connect();
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 2 }] });
    await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: "7" }] });

    const producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const acknowledged = new Set<string>();
    let killed: Promise<void> | undefined;
    for (let i = 0; ; i++) {
      const value = `record ${i}`;
      const messages = [{ key: `meter-${i % 10}`, value }];
      const sent = producer.send({ topic, acks: -1, compression: CompressionTypes.GZIP, messages });
      if (i === 200) killed = kafka.kill();
      try {
        await sent;
      } catch {
        break;
      }
      acknowledged.add(value);
    }
    expect(acknowledged.size).toBeGreaterThanOrEqual(200);
    await killed;
    await Promise.allSettled([producer.disconnect(), admin.disconnect()]);

    const again = await kafka.restart();
    closers.push(() => again.stop());
    expect(again.brokers).toBe(kafka.brokers);
    // A server that has just come back needs a while until it knows its groups again, the longer the busier the machine is.
    const patient = new Kafka({
      brokers: [again.brokers],
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 100, retries: 12 },
    });
    const reader = patient.admin();
    await reader.connect();
    // kafkajs does not ask again by itself while the coordinator is still loading.
    const committed = async (): Promise<string | undefined> => {
      const [offsets] = await reader.fetchOffsets({ groupId, topics: [topic] });
      return offsets?.partitions.find(({ partition }) => partition === 0)?.offset;
    };
    await expect.poll(committed, { timeout: 60_000, interval: 500 }).toBe("7");

    const consumer = patient.consumer({ groupId: "kill-check", maxWaitTimeInMs: 200 });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const missing = new Set(acknowledged);
    await new Promise<void>((resolve, reject) => {
      consumer
        .run({
          eachMessage: async ({ message }) => {
            missing.delete(String(message.value));
            if (missing.size === 0) resolve();
          },
        })
        .catch(reject);
    });
    await Promise.all([consumer.disconnect(), reader.disconnect()]);
  },
);

test(
  "questdb keeps every acknowledged row once when it is killed and started again",
  { timeout: 120_000 },
  async () => {
    const questdb = await startQuestdb({ dir: path.join(dir, "questdb") });
    closers.push(() => questdb.stop());
    const exec = async (url: string, sql: string): Promise<unknown[][]> => {
      const response = await fetch(`${url}/exec?query=${encodeURIComponent(sql)}`);
      const { dataset, error } = (await response.json()) as { dataset?: unknown[][]; error?: string };
      if (error !== undefined) throw new Error(error);
      return dataset ?? [];
    };
    await exec(
      questdb.url,
      "CREATE TABLE kill (ts TIMESTAMP, meter SYMBOL, imp DOUBLE) TIMESTAMP(ts) PARTITION BY DAY WAL DEDUP UPSERT KEYS(ts, meter)",
    );
    const write = async (i: number): Promise<number> => {
      const body = `kill,meter=m${i % 10} imp=${i}.0 ${Date.UTC(2026, 0, 1) + i * 1000}\n`;
      return (await fetch(`${questdb.url}/write?precision=ms`, { method: "POST", body })).status;
    };
    let acknowledged = 0;
    let killed: Promise<void> | undefined;
    for (;;) {
      const answer = write(acknowledged);
      if (acknowledged === 200) killed = questdb.kill();
      try {
        expect(await answer).toBe(204);
      } catch (error) {
        if (killed === undefined) throw error;
        break;
      }
      acknowledged++;
    }
    await killed;

    const again = await questdb.restart();
    closers.push(() => again.stop());
    expect(again.url).toBe(questdb.url);
    const settled = async (): Promise<boolean> =>
      (await exec(again.url, "SELECT name FROM wal_tables() WHERE writerTxn < sequencerTxn OR suspended"))
        .length === 0;
    await expect.poll(settled, { timeout: 20_000 }).toBe(true);
    // The row in flight at the kill may be there or not; every acknowledged one is, once.
    const counts = `SELECT count(), sum(imp) FROM kill WHERE imp < ${acknowledged}`;
    expect(await exec(again.url, counts)).toEqual([[acknowledged, (acknowledged * (acknowledged - 1)) / 2]]);
  },
);

test("QuestDB's jar is found beside its class archive, whatever Java's version makes that be called", async () => {
  const pom = await readFile(new URL("../../scripts/stack/pom.xml", import.meta.url));
  const key = createHash("sha256").update(pom).digest("hex").slice(0, 12);
  const cache = path.join(dir, "cache");
  await mkdir(path.join(cache, key), { recursive: true });
  for (const name of ["questdb-0a1b2c3d4e5f.jsa", "questdb-9.3.4.jar", "questdb-ff.jsa"])
    await writeFile(path.join(cache, key, name), "");
  const jars = new URL("../../scripts/stack/jars.js", import.meta.url).href;
  const code = `console.log((await (await import(${JSON.stringify(jars)})).findJars()).questdb)`;
  const env = { ...process.env, SMP_STACK_CACHE: cache };
  const asked = promisify(execFile)(process.execPath, ["--input-type=module", "-e", code], { env });
  expect((await asked).stdout.trim()).toBe(path.join(cache, key, "questdb-9.3.4.jar"));
});

test("the next fetch of the jars takes away what a killed one left, and leaves one that is at work alone", async () => {
  const cache = path.join(dir, "left");
  const ended = spawn("true");
  await once(ended, "exit");
  const left = [`fetch-${ended.pid}-aaaaaa`, "fetch-bbbbbb", `fetch-${process.pid}-cccccc`];
  for (const name of left) await mkdir(path.join(cache, name, "kafka"), { recursive: true });
  const maven = [
    "for word; do case $word in -DoutputDirectory=*) to=${word#*=};; esac; done",
    'mkdir -p "$to"',
  ];
  await writeFile(path.join(cache, "mvn"), ["#!/bin/sh", ...maven, 'touch "$to/questdb-1.jar"'].join("\n"), {
    mode: 0o755,
  });
  const jars = new URL("../../scripts/stack/jars.js", import.meta.url).href;
  const code = `await (await import(${JSON.stringify(jars)})).findJars()`;
  const env = { ...process.env, SMP_STACK_CACHE: cache, PATH: `${cache}:${process.env["PATH"]}` };
  await promisify(execFile)(process.execPath, ["--input-type=module", "-e", code], { env });
  expect((await readdir(cache)).filter((name) => name.startsWith("fetch-"))).toEqual([left[2]]);
});

test("a server ends with the process that started it, even one that was killed", async () => {
  const servers = new URL("../../scripts/stack/servers.js", import.meta.url).href;
  const script = `
    const { startQuestdb } = await import(${JSON.stringify(servers)});
    const { pid } = await startQuestdb({ dir: ${JSON.stringify(path.join(dir, "orphan"))} });
    console.log(pid);
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(output.toString());
  expect(isAlive(pid)).toBe(true);
  parent.kill("SIGKILL");
  await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

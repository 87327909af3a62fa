import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
// @boundaries-ignore the servers belong to the repository, not to a package
import { startKafka, type KafkaServer } from "../../../scripts/stack/servers.js";
import { readKafkaConfig } from "../../src/config.ts";
import { createIngest } from "../../src/ingest/ingest.ts";
import { startLoad } from "../../src/load/load.ts";
import { kafkaLog } from "../../src/log/kafka.ts";
import { fakeStore } from "../fake-store.ts";

const T = 1_780_000_000_000;
let folder: string;
let kafka: KafkaServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smp-kafka-"));
  kafka = await startKafka({ dir: folder });
});
afterAll(async () => {
  await kafka.stop();
  await rm(folder, { recursive: true, force: true });
});

test("nothing that the ingest took is lost or out of order when Kafka is killed and comes back", async () => {
  const config = { ...readKafkaConfig({ KAFKA_BROKERS: kafka.brokers }), partitions: 3 };
  const [writing, reading] = [kafkaLog(config), kafkaLog(config)];
  const store = fakeStore();
  const ingest = createIngest({ log: writing });
  const load = startLoad({ log: reading, store });
  const acknowledged: number[] = [];
  const underWay: Promise<void>[] = [];
  const send = (s: number): void => {
    const payload = Buffer.from(JSON.stringify({ v: 1, t: T + s, s, r: { "x-a": s } }));
    const taking = ingest.take({
      device: `m${s % 7}`,
      topic: `sm/v1/m${s % 7}/reading`,
      payload,
      received: T,
    });
    underWay.push(taking.then(() => void acknowledged.push(s)));
  };
  let s = 0;
  const timer = setInterval(() => {
    for (let count = 0; count < 5; count++) send(s++);
  }, 10);
  for (let crash = 0; crash < 2; crash++) {
    const before = acknowledged.length;
    await expect.poll(() => acknowledged.length, { timeout: 60_000 }).toBeGreaterThan(before + 200);
    await kafka.kill();
    await expect.poll(() => ingest.ready, { timeout: 60_000 }).toBe(false);
    expect((await writing.health()).ok).toBe(false);
    kafka = await kafka.restart();
    await expect.poll(() => ingest.ready, { timeout: 60_000 }).toBe(true);
  }
  clearInterval(timer);
  await Promise.all(underWay);
  const stored = (): number => new Set(store.readings.map((one) => one.s)).size;
  await expect.poll(stored, { timeout: 90_000 }).toBe(s);
  expect(acknowledged).toHaveLength(s);
  // A repeated batch may bring readings again; without those each meter is in order.
  const first = new Map<number, string>();
  for (const { s: number, meter } of store.readings)
    if (number !== undefined && !first.has(number)) first.set(number, meter);
  for (let device = 0; device < 7; device++) {
    const numbers = [...first].filter(([, meter]) => meter === `m${device}`).map(([number]) => number);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  }
  await load.close();
  await ingest.close();
  await reading.close();
  await writing.close();
}, 240_000);

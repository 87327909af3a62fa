import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { kafkaLog, readKafkaConfig, createIngest } from "@smp/bridge";
import { readingTopic } from "@smp/schemas";
import { expect, test } from "vitest";
import { findJars } from "../scripts/stack/jars.js";
import { until } from "./support/platform-process.ts";

// A consumer that knows only docs/use/kafka.md: Kafka's own Java client, none of our code.
const program = fileURLToPath(new URL("../docs/use/kafka/Readings.java", import.meta.url));

test("a foreign consumer of 30 lines gets every reading, and nothing that was rejected", async () => {
  const device = `consumer-${Date.now().toString(36)}`;
  const log = kafkaLog(readKafkaConfig(process.env));
  const ingest = createIngest({ log });
  const take = async (json: unknown): Promise<void> => {
    const payload = Buffer.from(JSON.stringify(json));
    await ingest.take({ device, topic: readingTopic(device), payload, received: Date.now() });
  };
  const t = Date.now() - 60_000;
  for (let n = 0; n < 20; n++) await take({ v: 1, t: t + n, r: { "1-0:1.8.0": n } });
  await take({ v: 1, r: { power: 413 } });

  const { java, kafka } = await findJars();
  const brokers = process.env["KAFKA_BROKERS"] ?? "";
  const consumer = spawn(java, ["-cp", kafka, program, brokers, device], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [output, errors] = ["", ""];
  consumer.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  consumer.stderr.on("data", (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4_000)));
  const ofDevice = (): string[] => output.split("\n").filter((line) => line.startsWith(`${device}\t`));
  try {
    await until(
      `20 readings of ${device}: ${errors}`,
      () => Promise.resolve(ofDevice().length >= 20),
      60_000,
    );
  } finally {
    consumer.kill("SIGKILL");
    await ingest.close();
    await log.close();
  }
  const readings = ofDevice().map((line) => JSON.parse(line.split("\t")[1] ?? "") as Record<string, unknown>);
  expect(readings.map((reading) => reading["t"])).toEqual(Array.from({ length: 20 }, (_, n) => t + n));
  expect(readings[5]).toMatchObject({ meter: device, device, r: { "1-0:1.8.0": 5 } });
}, 90_000);

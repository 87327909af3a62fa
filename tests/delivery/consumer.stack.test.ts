import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readKafkaConfig, createIngest } from "@smp/bridge";
import { kafkaLog } from "@smp/bridge/kafka";
import { readingTopic } from "@smp/schemas";
import { expect, test } from "vitest";
import { findJars } from "../../scripts/stack/jars.js";
import { blocksOf } from "../support/page-blocks.ts";
import { until } from "../support/platform-process.ts";

// Consumers that know only docs/use/kafka.md, typed as they stand there: Kafka's own Java client and kcat, none of our code.
const root = fileURLToPath(new URL("../../", import.meta.url));
const consumers = blocksOf("docs/use/kafka.md").map(({ code }) => [code.split(" ", 1)[0], code] as const);

test.each(consumers)(
  "%s gets every reading, and nothing that was rejected",
  async (_program, code) => {
    expect(
      readFileSync(`${root}docs/use/kafka/Readings.java`, "utf8").split("\n").length,
    ).toBeLessThanOrEqual(40);
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
    const typed = code
      .replace(/^java /, `"${java}" `)
      .replace("'libs/*'", `'${kafka}'`)
      .replace("localhost:9092", process.env["KAFKA_BROKERS"] ?? "")
      .replace("my-group", device)
      // On a terminal it writes each line at once; into a pipe, as here, when told so.
      .replace(/^kcat /, "kcat -u ");
    const consumer = spawn("bash", ["-c", `exec ${typed}`], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let [output, errors] = ["", ""];
    consumer.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    consumer.stderr.on("data", (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4_000)));
    const ofDevice = (): string[] => output.split("\n").filter((line) => /^\S+/.exec(line)?.[0] === device);
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
    const readings = ofDevice().map(
      (line) => JSON.parse(line.slice(device.length)) as Record<string, unknown>,
    );
    expect(readings.map((reading) => reading["t"])).toEqual(Array.from({ length: 20 }, (_, n) => t + n));
    expect(readings[5]).toMatchObject({ meter: device, device, r: { "1-0:1.8.0": 5 } });
  },
  90_000,
);

import { createRequire } from "node:module";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ConfigResourceTypes, Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { freePorts } from "../../scripts/stack/server-process.js";
import { startKafka, startQuestdb } from "../../scripts/stack/servers.js";

// The package has no types; this is what is used of it.
interface Client {
  connect(): Promise<void>;
  query(sql: string): Promise<{ rows: Record<string, string>[] }>;
  end(): Promise<void>;
}
const pg = createRequire(import.meta.url)("pg") as { Client: new (url: string) => Client };

// The real servers take the settings of compose.yaml; only addresses and folders are this machine's.
let dir: string;
let environment: Record<"kafka" | "questdb", Record<string, string>>;
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "smp-compose-"));
  const file = await readFile(new URL("../../compose.yaml", import.meta.url), "utf8");
  const { services } = parse(file, { merge: true }) as {
    services: Record<"kafka" | "questdb", { environment: Record<string, string> }>;
  };
  environment = { kafka: services.kafka.environment, questdb: services.questdb.environment };
});

afterAll(async () => {
  for (const close of closers.toReversed()) await close();
  await rm(dir, { recursive: true, force: true });
});

/** As the image does: KAFKA_LOG_DIRS is log.dirs. */
const asProperties = (variables: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables)
      .filter(([name]) => name.startsWith("KAFKA_") && name !== "KAFKA_HEAP_OPTS")
      .map(([name, value]) => [name.slice("KAFKA_".length).toLowerCase().replaceAll("_", "."), value]),
  );

test("kafka starts with the settings of compose.yaml, flushes every batch and makes no topic by itself", async () => {
  const [port = 0, controllerPort = 0] = await freePorts(2);
  const here = Object.entries(asProperties(environment.kafka)).map(([name, value]) => [
    name,
    value
      .replace("kafka:9092", `127.0.0.1:${port}`)
      .replace("0.0.0.0:9092", `127.0.0.1:${port}`)
      .replace("127.0.0.1:9093", `127.0.0.1:${controllerPort}`)
      .replace("/var/lib/kafka", path.join(dir, "kafka")),
  ]);
  const properties = Object.fromEntries(here) as Record<string, string>;
  expect(properties["listeners"]).toBe(
    `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
  );
  const kafka = await startKafka({ dir: path.join(dir, "kafka"), port, controllerPort, properties });
  closers.push(() => kafka.stop());

  const admin = new Kafka({ brokers: [kafka.brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const names = ["log.flush.interval.messages", "auto.create.topics.enable", "log.dirs"];
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.BROKER, name: "1", configNames: names }],
  });
  const configured = resources[0]?.configEntries.map(({ configName, configValue }) => [
    configName,
    configValue,
  ]);
  expect(Object.fromEntries(configured ?? [])).toEqual({
    "log.flush.interval.messages": "1",
    "auto.create.topics.enable": "false",
    "log.dirs": path.join(dir, "kafka", "data"),
  });
  await admin.disconnect();
});

test("questdb starts with the settings of compose.yaml and lets nobody in without the secret", async () => {
  const secret = path.join(dir, "questdb_password");
  await writeFile(secret, "0123456789abcdef\n");
  const env = { ...environment.questdb, QDB_PG_PASSWORD_FILE: secret };
  const questdb = await startQuestdb({ dir: path.join(dir, "questdb"), env });
  closers.push(() => questdb.stop());

  const connect = async (user: string, password: string): Promise<Client> => {
    const client = new pg.Client(questdb.pgUrl.replace("admin:quest", `${user}:${password}`));
    await client.connect();
    return client;
  };
  await expect(connect("admin", "quest")).rejects.toThrow(/password/);
  await expect(connect("smp", "quest")).rejects.toThrow(/password/);
  const client = await connect("smp", "0123456789abcdef");
  const { rows } = await client.query(
    "SELECT env_var_name, value, value_source FROM (SHOW PARAMETERS) WHERE value_source = 'env'",
  );
  await client.end();
  const used = Object.fromEntries(rows.map((row) => [row["env_var_name"], row["value"]]));
  // The log's level is a setting of the log, which this statement does not tell.
  const told = /^QDB_(?!PG_PASSWORD|LOG_)/;
  const settings = Object.entries(environment.questdb).filter(([name]) => told.test(name));
  expect(used).toMatchObject(Object.fromEntries(settings));
  const log = await questdb.readLog();
  expect(log).toContain("Using env: QDB_LOG_W_STDOUT_LEVEL=ERROR");
  expect(log).toContain("server is ready");
  expect(log).not.toContain("SHOW PARAMETERS");
});

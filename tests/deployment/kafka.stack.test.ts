import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readKafkaConfig } from "@smp/bridge";
import { kafkaLog } from "@smp/bridge/kafka";
import { addDevice, addService, initCa } from "@smp/certs";
import kafkajs, { Kafka, logLevel, type Admin } from "kafkajs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePorts } from "../../scripts/stack/server-process.js";
import { startKafka, type KafkaServer } from "../../scripts/stack/servers.js";

// Kafka as an operator may have set it up: with TLS, passwords, and topics that somebody else made.
const PASSWORD = "correct horse battery staple";
let folder: string;
let kafka: KafkaServer;
let admin: Admin;
let brokers: { tls: string; password: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smp-kafka-set-up-"));
  const pki = join(folder, "pki");
  await initCa({ dir: pki });
  await addService({ dir: pki, id: "kafka", hostnames: ["127.0.0.1"] });
  await addDevice({ dir: pki, id: "loader" });
  const service = join(pki, "services/kafka");
  const keystore = join(folder, "keystore.pem");
  const parts = ["server.key", "server.crt"].map((name) => readFile(join(service, name), "utf8"));
  await writeFile(keystore, (await Promise.all(parts)).join("\n"));
  await writeFile(join(folder, "password"), `${PASSWORD}\n`);
  const [plain = 0, controller = 0, tls = 0, password = 0] = await freePorts(4);
  brokers = { tls: `127.0.0.1:${tls}`, password: `127.0.0.1:${password}` };
  const listeners = `PLAINTEXT://127.0.0.1:${plain},TLS://${brokers.tls},PASSWORD://${brokers.password}`;
  const login = "org.apache.kafka.common.security.plain.PlainLoginModule required";
  kafka = await startKafka({
    dir: join(folder, "kafka"),
    port: plain,
    controllerPort: controller,
    properties: {
      listeners: `${listeners},CONTROLLER://127.0.0.1:${controller}`,
      "advertised.listeners": listeners,
      "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SSL,PASSWORD:SASL_SSL",
      "ssl.keystore.type": "PEM",
      "ssl.keystore.location": keystore,
      "ssl.truststore.type": "PEM",
      "ssl.truststore.location": join(pki, "ca.crt"),
      "listener.name.tls.ssl.client.auth": "required",
      "listener.name.password.sasl.enabled.mechanisms": "PLAIN",
      "listener.name.password.plain.sasl.jaas.config": `${login} user_smp="${PASSWORD}";`,
    },
  });
  admin = new Kafka({ brokers: [kafka.brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
}, 60_000);

afterAll(async () => {
  await admin.disconnect();
  await kafka.stop();
  await rm(folder, { recursive: true, force: true });
});

const reading = {
  meter: "m1",
  device: "m1",
  t: 1_780_000_000_000,
  received: 1_780_000_000_000,
  r: { "x-a": 1 },
};

/** Appends readings with these settings; the error is the platform's own sentence. */
async function append(settings: Record<string, string>, count = 1): Promise<void> {
  const log = kafkaLog(
    readKafkaConfig({ KAFKA_BROKERS: kafka.brokers, SMP_KAFKA_PARTITIONS: "2", ...settings }),
  );
  try {
    const readings = Array.from({ length: count }, (_, index) => ({ ...reading, t: reading.t + index }));
    await log.append({ readings, rejected: [], statuses: [] });
  } finally {
    await log.close();
  }
}

async function makeTopic(prefix: string, settings: Record<string, string>): Promise<void> {
  await admin.createTopics({
    waitForLeaders: true,
    topics: [
      {
        topic: `${prefix}smp.readings.v1`,
        numPartitions: 2,
        configEntries: Object.entries({ "retention.ms": "604800000", ...settings }).map(([name, value]) => ({
          name,
          value,
        })),
      },
    ],
  });
}

const recordsIn = async (prefix: string): Promise<number> =>
  (await admin.fetchTopicOffsets(`${prefix}smp.readings.v1`)).reduce(
    (sum, { high }) => sum + Number(high),
    0,
  );

describe("topics", () => {
  test("that are missing are made with the partitions and the retention of the settings", async () => {
    await append({ SMP_KAFKA_TOPIC_PREFIX: "made.", SMP_KAFKA_RETENTION_DAYS: "3" });
    const { topics } = await admin.fetchTopicMetadata({
      topics: ["made.smp.readings.v1", "made.smp.status.v1"],
    });
    expect(topics.map(({ partitions }) => partitions.length)).toEqual([2, 2]);
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: "made.smp.readings.v1",
          configNames: ["retention.ms", "cleanup.policy"],
        },
      ],
    });
    const entries = resources[0]?.configEntries.map(({ configName, configValue }) => [
      configName,
      configValue,
    ]);
    expect(Object.fromEntries(entries ?? [])).toMatchObject({
      "retention.ms": "259200000",
      "cleanup.policy": "delete",
    });
  });

  test.each([
    ["compacted", { "cleanup.policy": "compact" }, /compacted .* keeps only one reading of each meter/],
    [
      "kept too short",
      { "retention.ms": "3600000" },
      /keeps its records for 3600000 ms only, .*SMP_KAFKA_RETENTION_DAYS/,
    ],
  ])("that are %s are refused with what to do", async (name, settings, sentence) => {
    const prefix = `${name.replaceAll(" ", "-")}.`;
    await makeTopic(prefix, settings);
    await expect(append({ SMP_KAFKA_TOPIC_PREFIX: prefix })).rejects.toThrow(sentence);
    expect(await recordsIn(prefix)).toBe(0);
  });

  test("hold readings compressed", async () => {
    await append({ SMP_KAFKA_TOPIC_PREFIX: "small." }, 2_000);
    const data = join(folder, "kafka/data");
    const partitions = (await readdir(data)).filter((name) => name.startsWith("small.smp.readings"));
    const segments = partitions.map((name) => readFile(join(data, name, "00000000000000000000.log")));
    const bytes = (await Promise.all(segments)).reduce((sum, segment) => sum + segment.length, 0);
    expect(await recordsIn("small.")).toBe(2_000);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes / 2_000).toBeLessThan(JSON.stringify(reading).length / 2);
  });
});

describe("a connection", () => {
  const files = (): Record<string, string> => ({
    SMP_KAFKA_TLS: "true",
    SMP_KAFKA_CA: join(folder, "pki/ca.crt"),
  });
  const certificate = (): Record<string, string> => ({
    SMP_KAFKA_CERT: join(folder, "pki/devices/loader/client.crt"),
    SMP_KAFKA_KEY: join(folder, "pki/devices/loader/client.key"),
  });

  test("with TLS and a client certificate is taken, and without one is not", async () => {
    const tls = { KAFKA_BROKERS: brokers.tls, SMP_KAFKA_TOPIC_PREFIX: "tls.", ...files() };
    await append({ ...tls, ...certificate() });
    expect(await recordsIn("tls.")).toBe(1);
    await expect(append(tls)).rejects.toMatchObject({ code: "kafka", retryable: true });
    expect(await recordsIn("tls.")).toBe(1);
  }, 30_000);

  test("to a server of another authority is not made", async () => {
    const { SMP_KAFKA_CA: _, ...withoutCa } = files();
    await expect(append({ KAFKA_BROKERS: brokers.tls, ...withoutCa, ...certificate() })).rejects.toThrow(
      /certificate/,
    );
  }, 30_000);

  test("with name and password (SASL/PLAIN over TLS) is taken, and with a wrong one is not", async () => {
    const login = {
      KAFKA_BROKERS: brokers.password,
      SMP_KAFKA_TOPIC_PREFIX: "password.",
      SMP_KAFKA_SASL: "plain",
      SMP_KAFKA_USERNAME: "smp",
      SMP_KAFKA_PASSWORD_FILE: join(folder, "password"),
      ...files(),
    };
    await append(login);
    expect(await recordsIn("password.")).toBe(1);
    await writeFile(join(folder, "wrong"), "guess");
    await expect(append({ ...login, SMP_KAFKA_PASSWORD_FILE: join(folder, "wrong") })).rejects.toThrow(
      /[Aa]uthentication/,
    );
    expect(await recordsIn("password.")).toBe(1);
  }, 30_000);
});

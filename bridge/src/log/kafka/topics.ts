import { PlatformError } from "@smp/schemas";
import kafkajs, { type Admin, type Kafka } from "kafkajs";
import type { KafkaConfig } from "../../config.ts";
import { KINDS, topicName } from "./records.ts";

/** Creates the topics that are missing, and checks those that are there: a wrong set-up would lose or mix up readings. */
export async function prepareTopics(
  kafka: Kafka,
  config: KafkaConfig,
  { check }: { check: boolean },
): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const names = KINDS.map((kind) => topicName(kind, config.topicPrefix));
    const present = new Set(await admin.listTopics());
    const missing = names.filter((name) => !present.has(name));
    if (missing.length > 0) await createTopics(admin, missing, config);
    if (check) await checkTopics(admin, names, config);
  } finally {
    await admin.disconnect();
  }
}

async function createTopics(admin: Admin, names: string[], config: KafkaConfig): Promise<void> {
  const inSync = Math.max(1, config.replicationFactor - 1);
  const creating = admin.createTopics({
    waitForLeaders: true,
    topics: names.map((topic) => ({
      topic,
      numPartitions: config.partitions,
      replicationFactor: config.replicationFactor,
      configEntries: [
        { name: "cleanup.policy", value: "delete" },
        { name: "retention.ms", value: String(config.retentionMs) },
        { name: "min.insync.replicas", value: String(inSync) },
      ],
    })),
  });
  await permitted(
    creating,
    `${names.join(", ")} are not there, or this user may neither read nor write them, and it may not create them: make them, or grant it these rights`,
  );
}

async function checkTopics(admin: Admin, names: string[], config: KafkaConfig): Promise<void> {
  const { topics } = await admin.fetchTopicMetadata({ topics: names });
  for (const { name, partitions } of topics)
    if (partitions.length !== config.partitions)
      throw wrong(
        `the topic ${name} has ${partitions.length} partitions, but SMP_KAFKA_PARTITIONS is ${config.partitions}: set that to ${partitions.length}, because another count would break the order of a meter's readings`,
      );
  const describing = admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({
      // Not among the names that Node finds in a CommonJS package.
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configNames: ["cleanup.policy", "retention.ms"],
    })),
  });
  const { resources } = await permitted(
    describing,
    `this user may not see how the topics are set up: grant it DescribeConfigs on ${names.join(", ")}`,
  );
  for (const { resourceName, configEntries } of resources) {
    const setting = (name: string): string | undefined =>
      configEntries.find(({ configName }) => configName === name)?.configValue;
    if (setting("cleanup.policy") !== "delete")
      throw wrong(
        `the topic ${resourceName} is compacted (cleanup.policy=${setting("cleanup.policy")}), which keeps only one reading of each meter: set it to delete`,
      );
    const retentionMs = Number(setting("retention.ms"));
    if (retentionMs >= 0 && retentionMs < config.retentionMs)
      throw wrong(
        `the topic ${resourceName} keeps its records for ${retentionMs} ms only, but SMP_KAFKA_RETENTION_DAYS asks for ${config.retentionMs} ms: raise retention.ms`,
      );
  }
}

/** Kafka's own refusal names neither the right nor what it is for. */
async function permitted<T>(work: Promise<T>, missing: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isRefused(error)) throw wrong(missing);
    throw error;
  }
}

function isRefused(error: unknown): boolean {
  const { type = "", errors = [] } = error as { type?: string; errors?: unknown[] };
  return type.endsWith("AUTHORIZATION_FAILED") || errors.some(isRefused);
}

const wrong = (what: string): PlatformError =>
  new PlatformError("kafka-topic", `Kafka is not set up as needed: ${what}.`);

import { expect, test } from "vitest";
import { readKafkaConfig } from "../src/config.ts";

test("the Kafka settings have defaults for all but the brokers", () => {
  expect(readKafkaConfig({ KAFKA_BROKERS: "a:9092,b:9093" })).toEqual({
    brokers: ["a:9092", "b:9093"],
    clientId: "smp",
    groupId: "smp-load",
    topicPrefix: "",
    partitions: 6,
    replicationFactor: 1,
    retentionMs: 604_800_000,
    tls: false,
  });
});

test("a login to Kafka takes its password from a file", () => {
  const config = readKafkaConfig({
    KAFKA_BROKERS: "a:9092",
    SMP_KAFKA_TLS: "true",
    SMP_KAFKA_CA: "/run/ca.crt",
    SMP_KAFKA_SASL: "scram-sha-512",
    SMP_KAFKA_USERNAME: "smp",
    SMP_KAFKA_PASSWORD_FILE: "/run/secrets/kafka",
  });
  expect(config).toMatchObject({
    tls: true,
    caFile: "/run/ca.crt",
    sasl: { mechanism: "scram-sha-512", username: "smp", passwordFile: "/run/secrets/kafka" },
  });
});

test("a setting that is missing is asked for with the form that it has", () => {
  expect(() => readKafkaConfig({})).toThrow(
    "KAFKA_BROKERS is required: host:port, several with commas between them",
  );
});

test("every fault of the Kafka settings is reported with its variable", () => {
  expect(() =>
    readKafkaConfig({ KAFKA_BROKERS: "nowhere", SMP_KAFKA_PARTITIONS: "0", SMP_KAFKA_SASL: "plain" }),
  ).toThrow(
    /KAFKA_BROKERS is "nowhere"[\s\S]*SMP_KAFKA_PARTITIONS is "0"[\s\S]*SMP_KAFKA_USERNAME is required/,
  );
});

import { Checked, DAY_MS } from "@smp/schemas";
import { CONNECTION_LIMIT_W } from "./checks/connection-limits.ts";

export interface KafkaConfig {
  brokers: string[];
  clientId: string;
  /** All loaders of one store share it. */
  groupId: string;
  /** Put before each topic's name. */
  topicPrefix: string;
  /** Of each topic; must not change while the topic lives, or a meter's readings lose their order. */
  partitions: number;
  replicationFactor: number;
  retentionMs: number;
  tls: boolean;
  /** PEM files. */
  caFile?: string;
  certFile?: string;
  keyFile?: string;
  sasl?: { mechanism: SaslMechanism; username: string; passwordFile: string };
}

/** Settings of the ingest: `SMP_CONNECTION_LIMIT_W` (100,000), for meters whose own limit nobody set. */
export function readIngestConfig(environment: Readonly<Record<string, string | undefined>>): {
  connectionLimitW: number;
} {
  const checked = new Checked(environment);
  const limit = { min: 1_000, max: 50_000_000, fallback: CONNECTION_LIMIT_W };
  const connectionLimitW = checked.integer("SMP_CONNECTION_LIMIT_W", limit);
  checked.throwIfFaulty();
  return { connectionLimitW };
}

const SASL = ["plain", "scram-sha-256", "scram-sha-512"] as const;
export type SaslMechanism = (typeof SASL)[number];

/**
 * Reads the settings of the Kafka log: `KAFKA_BROKERS` (host:port, comma between them), `SMP_KAFKA_CLIENT_ID`,
 * `SMP_KAFKA_GROUP`, `SMP_KAFKA_TOPIC_PREFIX`, `SMP_KAFKA_PARTITIONS` (6), `SMP_KAFKA_REPLICATION` (1),
 * `SMP_KAFKA_RETENTION_DAYS` (7), `SMP_KAFKA_TLS`, `SMP_KAFKA_CA`, `SMP_KAFKA_CERT`, `SMP_KAFKA_KEY` (files),
 * `SMP_KAFKA_SASL` (none, plain, scram-sha-256, scram-sha-512), `SMP_KAFKA_USERNAME`, `SMP_KAFKA_PASSWORD_FILE`.
 */
export function readKafkaConfig(environment: Readonly<Record<string, string | undefined>>): KafkaConfig {
  const checked = new Checked(environment);
  const file = (name: string): string | undefined => checked.optionalText(name);
  const mechanism = checked.oneOf("SMP_KAFKA_SASL", ["none", ...SASL], "none");
  const [caFile, certFile, keyFile] = [file("SMP_KAFKA_CA"), file("SMP_KAFKA_CERT"), file("SMP_KAFKA_KEY")];
  const config: KafkaConfig = {
    brokers: checked
      .text("KAFKA_BROKERS", {
        pattern: /^[^\s,:]+:\d+(?:,[^\s,:]+:\d+)*$/,
        form: "host:port, several with commas between them",
      })
      .split(","),
    clientId: checked.text("SMP_KAFKA_CLIENT_ID", { fallback: "smp" }),
    groupId: checked.text("SMP_KAFKA_GROUP", { fallback: "smp-load" }),
    topicPrefix: checked.text("SMP_KAFKA_TOPIC_PREFIX", { fallback: "", pattern: /^[A-Za-z0-9._-]*$/ }),
    partitions: checked.integer("SMP_KAFKA_PARTITIONS", { min: 1, max: 10_000, fallback: 6 }),
    replicationFactor: checked.integer("SMP_KAFKA_REPLICATION", { min: 1, max: 100, fallback: 1 }),
    retentionMs: checked.integer("SMP_KAFKA_RETENTION_DAYS", { min: 1, max: 36_500, fallback: 7 }) * DAY_MS,
    tls: checked.boolean("SMP_KAFKA_TLS", false),
    ...(caFile === undefined ? undefined : { caFile }),
    ...(certFile === undefined ? undefined : { certFile }),
    ...(keyFile === undefined ? undefined : { keyFile }),
  };
  if (mechanism !== "none") {
    const [username, passwordFile] = [
      checked.text("SMP_KAFKA_USERNAME"),
      checked.text("SMP_KAFKA_PASSWORD_FILE"),
    ];
    config.sasl = { mechanism, username, passwordFile };
  }
  checked.throwIfFaulty();
  return config;
}

import type { ServerProcess } from "./server-process.js";

/**
 * Apache Kafka in KRaft mode. `restart` starts it anew on the same folder and ports, after `kill` or `stop`.
 *
 * @example
 * const kafka = await startKafka({ dir });
 * await kafka.kill(); // as in a crash
 * const again = await kafka.restart();
 */
export interface KafkaServer extends ServerProcess {
  readonly dir: string;
  readonly port: number;
  /** For KAFKA_BROKERS, as 127.0.0.1:port. */
  readonly brokers: string;
  restart(): Promise<KafkaServer>;
}

/** QuestDB; `restart` starts it anew on the same folder and ports, after `kill` or `stop`. */
export interface QuestdbServer extends ServerProcess {
  readonly dir: string;
  readonly port: number;
  /** For QUESTDB_URL: HTTP with /exec, /exp and /write. */
  readonly url: string;
  /** For QUESTDB_PG_URL: the PostgreSQL wire protocol. */
  readonly pgUrl: string;
  readonly healthUrl: string;
  restart(): Promise<QuestdbServer>;
}

/**
 * Ports that are not given are free ones. The folder is made when missing, and never removed; `properties` adds or
 * overrides Kafka settings. `jvm` are Java's flags in place of those for a quick start, for what runs long or is measured.
 */
export function startKafka(options: {
  dir: string;
  port?: number;
  controllerPort?: number;
  properties?: Record<string, string>;
  jvm?: string[];
}): Promise<KafkaServer>;

/** As `startKafka`; `env` adds or overrides QuestDB settings (QDB_...). */
export function startQuestdb(options: {
  dir: string;
  port?: number;
  pgPort?: number;
  healthPort?: number;
  env?: Record<string, string>;
  jvm?: string[];
}): Promise<QuestdbServer>;

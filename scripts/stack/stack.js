// Both servers together in a temporary folder, and the environment variables by which tests find them.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startKafka, startQuestdb } from "./servers.js";

/**
 * Starts what the environment does not already name (KAFKA_BROKERS, QUESTDB_URL).
 * @returns {Promise<{ env: Record<string, string>, pids: Record<string, number>, close: () => Promise<void> }>}
 */
export async function startStack() {
  const dir = await mkdtemp(path.join(tmpdir(), "smp-stack-"));
  const starts = {
    kafka: process.env["KAFKA_BROKERS"] ? undefined : startKafka({ dir: path.join(dir, "kafka") }),
    questdb: process.env["QUESTDB_URL"] ? undefined : startQuestdb({ dir: path.join(dir, "questdb") }),
  };
  const results = await Promise.allSettled(Object.values(starts));
  const close = async () => {
    await Promise.all(results.map((result) => (result.status === "fulfilled" ? result.value?.stop() : undefined)));
    await rm(dir, { recursive: true, force: true });
  };
  const failed = results.find((result) => result.status === "rejected");
  if (failed) {
    await close();
    throw failed.reason;
  }
  const [kafka, questdb] = [await starts.kafka, await starts.questdb];
  return {
    env: {
      SMP_STACK: "1",
      ...(kafka && { KAFKA_BROKERS: kafka.brokers }),
      ...(questdb && { QUESTDB_URL: questdb.url, QUESTDB_PG_URL: questdb.pgUrl }),
    },
    pids: { ...(kafka && { kafka: kafka.pid }), ...(questdb && { questdb: questdb.pid }) },
    close,
  };
}

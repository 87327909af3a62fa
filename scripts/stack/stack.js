// Both servers together in a temporary folder, and the environment variables by which tests find them.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startKafka, startQuestdb } from "./servers.js";

/**
 * Starts what the environment does not already name (KAFKA_BROKERS, QUESTDB_URL).
 * @param {{ jvm?: string[] }} [options] Java's flags for servers that run long or are measured
 * @returns {Promise<{ dir: string, env: Record<string, string>, close: () => Promise<void> }>}
 */
export async function startStack(options = {}) {
  const dir = await mkdtemp(path.join(tmpdir(), "smp-stack-"));
  /** @type {Promise<Record<string, string>>[]} */
  const starts = [];
  /** @type {import("./server-process.js").ServerProcess[]} */
  const servers = [];
  const close = async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await rm(dir, { recursive: true, force: true });
  };

  if (!process.env["KAFKA_BROKERS"]) {
    const kafka = async () => {
      const server = await startKafka({ ...options, dir: path.join(dir, "kafka") });
      servers.push(server);
      return { KAFKA_BROKERS: server.brokers };
    };
    starts.push(kafka());
  }
  if (!process.env["QUESTDB_URL"]) {
    const questdb = async () => {
      const server = await startQuestdb({
        ...options,
        dir: path.join(dir, "questdb"),
        env: { QDB_CAIRO_COMMIT_MODE: "nosync" },
      });
      servers.push(server);
      return { QUESTDB_URL: server.url, QUESTDB_PG_URL: server.pgUrl };
    };
    starts.push(questdb());
  }
  // Settled, not all: when one fails, the other must have come up before it can be stopped.
  await Promise.allSettled(starts);
  try {
    return { dir, env: Object.assign({ SMP_STACK: "1" }, ...(await Promise.all(starts))), close };
  } catch (error) {
    await close();
    throw error;
  }
}

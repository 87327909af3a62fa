// Apache Kafka (KRaft, one combined node) and QuestDB for tests, on loopback, each in a folder of its own.
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { findJars, run } from "./jars.js";
import { freePorts, launch } from "./server-process.js";
import { archiveOf } from "./shared-classes.js";

const LOG4J = fileURLToPath(new URL("log4j2.properties", import.meta.url));
const CLUSTER_ID = "c21wLXN0YWNrLXRlc3RzLQ";
const HEAP = "-Xmx512m";
/** Servers of tests live for seconds or minutes: they must start soon, not run fast. */
const QUICK_START = [HEAP, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];

/** @param {string} dir @param {number} port @param {number} controllerPort */
const kafkaProperties = (dir, port, controllerPort) => ({
  "process.roles": "broker,controller",
  "node.id": "1",
  listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
  "advertised.listeners": `PLAINTEXT://127.0.0.1:${port}`,
  "controller.listener.names": "CONTROLLER",
  "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
  "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
  "log.dirs": path.join(dir, "data"),
  "num.partitions": "6",
  "auto.create.topics.enable": "false",
  "offsets.topic.num.partitions": "4",
  "offsets.topic.replication.factor": "1",
  "transaction.state.log.replication.factor": "1",
  "transaction.state.log.min.isr": "1",
  "share.coordinator.state.topic.replication.factor": "1",
  "share.coordinator.state.topic.min.isr": "1",
  // A broker restarted after kill -9 is let in when the session of the killed one has ended.
  "broker.session.timeout.ms": "2000",
  "broker.heartbeat.interval.ms": "500",
  // A group's first member gets its partitions at once, and a killed member is replaced soon.
  "group.initial.rebalance.delay.ms": "0",
  "group.min.session.timeout.ms": "1000",
});

/** @param {Parameters<typeof import("./servers.js").startKafka>[0]} options
 * @returns {Promise<import("./servers.js").KafkaServer>} */
export async function startKafka(options) {
  const dir = path.resolve(options.dir);
  const { java, kafka } = await findJars();
  const flags = options.jvm ?? [...QUICK_START, ...(await archiveOf("kafka", java, kafka, startKafka))];
  const [freePort, freeController] = await freePorts(2);
  const { port = freePort, controllerPort = freeController } = options;
  const temporary = path.join(dir, "tmp");
  await mkdir(temporary, { recursive: true });
  const config = path.join(dir, "server.properties");
  const properties = Object.entries({ ...kafkaProperties(dir, port, controllerPort), ...options.properties });
  await writeFile(config, properties.map(([key, value]) => `${key}=${value}\n`).join(""));

  const jvm = [
    ...flags,
    `-Djava.io.tmpdir=${temporary}`,
    `-Dlog4j2.configurationFile=${LOG4J}`,
    "-cp",
    kafka,
  ];
  if (!existsSync(path.join(dir, "data", "meta.properties"))) {
    const { code, output } = await run(java, [
      ...jvm,
      "kafka.tools.StorageTool",
      "format",
      "-t",
      CLUSTER_ID,
      "-c",
      config,
    ]);
    if (code !== 0) throw new Error(`Kafka's storage folder ${dir} could not be formatted:\n${output}`);
  }
  const server = await launch({
    name: "Kafka",
    command: java,
    args: [...jvm, "kafka.Kafka", config],
    cwd: dir,
    logFile: path.join(dir, "kafka.log"),
    // Written once the broker is unfenced, that is: registered and given to clients.
    isReady: async (log) => log.includes("Kafka Server started") && (await accepts(port)),
  });
  const restart = () => startKafka({ ...options, dir, port, controllerPort });
  return { ...server, dir, port, brokers: `127.0.0.1:${port}`, restart };
}

/** @param {Parameters<typeof import("./servers.js").startQuestdb>[0]} options
 * @returns {Promise<import("./servers.js").QuestdbServer>} */
export async function startQuestdb(options) {
  const dir = path.resolve(options.dir);
  const { java, questdb } = await findJars();
  const flags = options.jvm ?? [...QUICK_START, ...(await archiveOf("questdb", java, questdb, startQuestdb))];
  const [freePort, freePg, freeHealth] = await freePorts(3);
  const { port = freePort, pgPort = freePg, healthPort = freeHealth } = options;
  const data = path.join(dir, "data");
  const temporary = path.join(dir, "tmp");
  await Promise.all([mkdir(data, { recursive: true }), mkdir(temporary, { recursive: true })]);

  const url = `http://127.0.0.1:${port}`;
  const server = await launch({
    name: "QuestDB",
    command: java,
    args: [
      ...flags,
      `-Djava.io.tmpdir=${temporary}`,
      "--add-exports=java.base/jdk.internal.math=io.questdb",
      `--module-path=${questdb}`,
      "--module=io.questdb/io.questdb.ServerMain",
      "-d",
      data,
    ],
    env: {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("QDB_"))),
      QDB_HTTP_NET_BIND_TO: `127.0.0.1:${port}`,
      QDB_PG_NET_BIND_TO: `127.0.0.1:${pgPort}`,
      QDB_HTTP_MIN_NET_BIND_TO: `127.0.0.1:${healthPort}`,
      QDB_LINE_TCP_ENABLED: "false",
      QDB_LINE_AUTO_CREATE_NEW_TABLES: "false",
      QDB_LINE_AUTO_CREATE_NEW_COLUMNS: "false",
      QDB_CAIRO_COMMIT_MODE: "sync",
      QDB_TELEMETRY_ENABLED: "false",
      // A line for each statement and commit would be two fifths of what the server costs.
      QDB_LOG_W_STDOUT_LEVEL: "ERROR",
      // Idle workers spin: with the usual two in each pool a server that does nothing takes a fifth of a core. Writers have two:
      // one suite's changes do not wait for what another one's commits take.
      QDB_SHARED_NETWORK_WORKER_COUNT: "1",
      QDB_SHARED_QUERY_WORKER_COUNT: "1",
      QDB_SHARED_WRITE_WORKER_COUNT: "2",
      // Each goes on with one table for a second, while it has work: of four suites that write, a fifth one's change waited four.
      QDB_CAIRO_WAL_APPLY_TABLE_TIME_QUOTA: "100",
      QDB_SHARED_WORKER_YIELD_THRESHOLD: "10",
      QDB_SHARED_WORKER_NAP_THRESHOLD: "20",
      QDB_SHARED_WORKER_SLEEP_THRESHOLD: "100",
      ...options.env,
    },
    cwd: dir,
    logFile: path.join(dir, "questdb.log"),
    isReady: async () => (await answers(`${url}/exec?query=select%201`)) && (await accepts(pgPort)),
  });
  const restart = () => startQuestdb({ ...options, dir, port, pgPort, healthPort });
  const pgUrl = `postgres://admin:quest@127.0.0.1:${pgPort}/qdb`;
  return { ...server, dir, port, url, pgUrl, healthUrl: `http://127.0.0.1:${healthPort}`, restart };
}

/** A refusal for want of a password is an answer too. @param {string} url */
const answers = async (url) => (await fetch(url, { signal: AbortSignal.timeout(2_000) })).status < 500;

/** Whether a loopback port takes a connection. @param {number} port @returns {Promise<boolean>} */
function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const done = (/** @type {boolean} */ open) => {
      socket.destroy();
      resolve(open);
    };
    socket
      .once("connect", () => done(true))
      .once("error", () => done(false))
      .setTimeout(2_000, () => done(false));
  });
}

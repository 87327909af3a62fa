import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { faultOf } from "../support/docker-player.js";
import { startMosquitto } from "../support/mosquitto.ts";
import { blocksOf } from "../support/page-blocks.ts";
import { pageShell, type PageShell } from "../support/page-shell.ts";
import { freePort, until } from "../support/platform-process.ts";

// docs/operate/production.md, docs/operate/spool.md, docs/operate/growing.md and docs/operate/other-brokers.md, typed one after the other.
// Docker is played by support/docker-player.js. Kafka is away, as in the spool's page: pipeline.stack.test.ts types what needs it.
const root = fileURLToPath(new URL("../../", import.meta.url));
const AWAY = "127.0.0.1:1";
let dir: string;
let shell: PageShell;
let ports: { mqtt: number; health: number };
const env = (port: { mqtt: number; health: number }): Record<string, string> => ({
  SMP_MQTT_HOST: "127.0.0.1",
  SMP_MQTT_PORT: String(port.mqtt),
  SMP_HEALTH_PORT: String(port.health),
  SMP_LOG_LEVEL: "fatal",
  KAFKA_BROKERS: AWAY,
});

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "smp-production-pages-"));
  ports = { mqtt: await freePort(), health: await freePort() };
  const docker = `exec "${process.execPath}" "${root}tests/support/docker-player.js" "$@"`;
  const replacements = { "meters.example.org": "localhost", "127.0.0.1:9100": `127.0.0.1:${ports.health}` };
  shell = await pageShell(dir, env(ports), replacements, { docker });
});
afterAll(async () => {
  await shell?.close();
  await rm(dir, { recursive: true, force: true });
});

/** The shell blocks of a page. */
const commandsOf = (page: string): string[] =>
  blocksOf(`docs/operate/${page}`)
    .filter(({ info }) => info === "sh")
    .map(({ code }) => code);

/** A device's reading, by mosquitto_pub at QoS 1: it ends with its PUBACK. */
const publish = (device: string, folder: string, port: number): string =>
  `mosquitto_pub -h localhost -p ${port} -i ${device} -q 1 -t sm/v1/${device}/reading -m '{"v":1,"r":{"1-0:16.7.0":413}}' \
   --cafile ${folder}/ca.crt --cert ${folder}/client.crt --key ${folder}/client.key`;

/** Until the process says that what came waits in its spool. */
async function spooled(healthPort: number): Promise<void> {
  let text = "";
  await until("bytes that wait in the spool", async () => {
    const ready = await fetch(`http://127.0.0.1:${healthPort}/readyz`).catch(() => undefined);
    text = (await ready?.text()) ?? "";
    return ready?.status === 200 && /[1-9]\d* bytes wait in the spool/.test(text);
  });
}

test("production: the first start makes what every service of compose.yaml mounts, and keeps it to its owner", async () => {
  const [first = "", second = ""] = commandsOf("production.md");
  await expect(shell.type("docker compose up -d --wait").done()).rejects.toThrow(
    /needs data\/\S+, which is not there/,
  );
  await shell.type(first).done();
  expect((await stat(join(dir, "data"))).mode & 0o777).toBe(0o700);
  expect(await readFile(join(dir, ".env"), "utf8")).toBe(
    `SMP_UID=${userInfo().uid}\nSMP_GID=${userInfo().gid}\n`,
  );
  const key = await readFile(join(dir, "data/pki/issuing-device/ca.key"), "utf8");
  expect(key).toContain("BEGIN ENCRYPTED PRIVATE KEY");
  const [add = ""] = second.split("\n");
  expect(await shell.type(add).done()).toContain("mosquitto_pub");
}, 120_000);

test("the spool: a broker without Kafka gives the PUBACK, and says what waits", async () => {
  const [start = ""] = commandsOf("spool.md");
  shell.type(start);
  await until("the broker", () =>
    fetch(`http://127.0.0.1:${ports.health}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  await shell.type(publish("kitchen", "data/pki/devices/kitchen", ports.mqtt)).done();
  await spooled(ports.health);
}, 60_000);

test("production: QuestDB's volume is copied and restored while QuestDB is stopped, and only then", async () => {
  const volume = join(dir, "volumes/smart-meter-platform_questdb-data");
  await mkdir(volume, { recursive: true });
  await writeFile(join(volume, "readings"), "all of them");
  const [copy = "", restore = ""] = commandsOf("production.md").filter((code) =>
    code.includes("stop questdb"),
  );
  const [, withoutStop = ""] = copy.split("\n");
  await expect(shell.type(withoutStop).done()).rejects.toThrow(/questdb writes to \S+ meanwhile/);
  await shell.type(copy).done();
  await rm(join(volume, "readings"));
  await writeFile(join(volume, "later"), "wrong");
  await shell.type(restore).done();
  expect(await readdir(volume)).toEqual(["readings"]);
  expect(await readFile(join(volume, "readings"), "utf8")).toBe("all of them");
  // It runs again.
  await expect(shell.type(withoutStop).done()).rejects.toThrow(/questdb writes/);
}, 60_000);

test("growing: HAProxy takes the configuration, finds brokers healthy, and passes a device's TLS on", async () => {
  const balanced = await freePort();
  const [configuration = ""] = blocksOf("docs/operate/growing.md").flatMap(({ info, code }) =>
    info === "haproxy" ? code : [],
  );
  const socket = join(dir, "haproxy.sock");
  await writeFile(
    join(dir, "haproxy.cfg"),
    `global\n  stats socket ${socket} user ${userInfo().username}\n${configuration
      .replace("bind :8883", `bind 127.0.0.1:${balanced}`)
      .replaceAll(/10\.0\.0\.1[12]:8883/g, `127.0.0.1:${ports.mqtt}`)
      .replaceAll("port 9100", `port ${ports.health}`)}`,
  );
  const balancer = shell.type("exec /usr/sbin/haproxy -db -f haproxy.cfg");
  await until("both brokers to be healthy", async () => {
    const states = await ask(socket, "show stat\n").catch(() => "");
    return (states.match(/^brokers,b[12],.*,UP,.*,L7OK,/gm) ?? []).length === 2;
  });
  await shell.type(publish("kitchen", "data/pki/devices/kitchen", balanced)).done();
  await balancer.interrupt();
}, 60_000);

const ask = (socket: string, question: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = "";
    const connection = connect(socket, () => connection.write(question));
    connection.on("data", (chunk) => (text += chunk.toString()));
    connection.once("close", () => resolve(text)).once("error", reject);
  });

test("production: every docker command of the page is one that compose.yaml can take", async () => {
  const page = await readFile(join(root, "docs/operate/production.md"), "utf8");
  const inline = [...page.matchAll(/`([^`\n]*docker (?:compose|run) [^`\n]*)`/g)].map(
    ([, code = ""]) => code,
  );
  const typed = [...inline, ...commandsOf("production.md")].join("\n").replaceAll("\\\n", " ");
  const commands = [...typed.matchAll(/docker ((?:compose|run) [^&|>#\n]+)/g)].map(([, words = ""]) => words);
  expect(commands.length).toBeGreaterThan(15);
  for (const words of commands) expect(faultOf(words.trim().split(/\s+/)), words).toBeUndefined();
  expect(faultOf(["compose", "logs", "brokr"])).toBe("compose.yaml has no service brokr");
  expect(faultOf(["run", "-v", "questdb-data:/x", "image"])).toBe("there is no volume questdb-data");
  const [config, topics] = ["bridge/src/config.ts", "schemas/asyncapi.yaml"].map((file) =>
    readFileSync(join(root, file), "utf8"),
  );
  const [, group = "", topic = "no topic"] = /--group (\S+) --topic (\S+)/.exec(typed) ?? [];
  expect(config).toContain(`"SMP_KAFKA_GROUP", { fallback: "${group}" }`);
  expect(topics).toContain(`address: ${topic}\n`);
  // The figures are those of the broker that runs here.
  const figures = inline
    .find((code) => code.includes("9100/metrics"))
    ?.replace("docker compose exec broker ", "");
  expect(await shell.type(figures ?? "").done()).toMatch(/^smp_broker_messages_total\{kind="reading"\} 2$/m);
}, 60_000);

test("another broker: the door reads mosquitto's messages by the page's commands, into its spool while Kafka is away", async () => {
  const page = blocksOf("docs/operate/other-brokers.md");
  const data = join(dir, "other/data");
  await mkdir(data, { recursive: true });
  const mosquitto = await startMosquitto(data, page.find(({ info }) => info === "conf")?.code ?? "");
  const health = await freePort();
  const other = await pageShell(
    join(dir, "other"),
    { ...env({ mqtt: mosquitto.port, health }), SMP_SPOOL: "true" },
    {
      "broker.example.org:8883": `127.0.0.1:${mosquitto.port}`,
      "KAFKA_BROKERS=localhost:9092": `KAFKA_BROKERS=${AWAY}`,
    },
  );
  try {
    await mosquitto.device("kitchen");
    other.type(commandsOf("other-brokers.md")[0] ?? "");
    await until("the door", () =>
      fetch(`http://127.0.0.1:${health}/readyz`).then(
        async (ready) => /"mqtt":\{"ok":true/.test(await ready.text()),
        () => false,
      ),
    );
    await other
      .type(
        publish("kitchen", "data/pki/devices/kitchen", mosquitto.port).replace(
          "-h localhost",
          "-h 127.0.0.1",
        ),
      )
      .done();
    await spooled(health);
  } finally {
    await other.close();
    await mosquitto.stop();
  }
}, 60_000);

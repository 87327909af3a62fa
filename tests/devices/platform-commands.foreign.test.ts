import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { blocksOf } from "../support/page-blocks.ts";
import { pageShell, type PageShell, type Running } from "../support/page-shell.ts";
import { freePort } from "../support/platform-process.ts";

// Blocks of the pages that start the platform themselves, in a fresh folder as its first user has it.
const run = promisify(execFile);
let dir: string;
let shell: PageShell;
let url: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "smp-pages-"));
  const [http, broker, est] = [await freePort(), await freePort(), await freePort()];
  url = `http://127.0.0.1:${http}`;
  const ports = { SMP_HTTP_PORT: String(http), SMP_MQTT_PORT: String(broker), SMP_EST_PORT: String(est) };
  const env = { ...ports, SMP_MQTT_HOST: "127.0.0.1", SMP_SIMULATE: "false" };
  shell = await pageShell(dir, env, { "http://localhost:8080": url });
});
afterAll(async () => {
  await shell?.close();
  await rm(dir, { recursive: true, force: true });
});

const commandsOf = (page: string): string[] =>
  blocksOf(`docs/${page}`)
    .filter(({ info }) => info === "sh")
    .map(({ code }) => code);

/** Types a block that ends with `npm start`; resolves when the platform says where it is. */
async function start(code: string): Promise<Running> {
  const running = shell.type(code);
  await running.says(/The platform runs\./);
  return running;
}

test("an extension is made, tested and run; vzlogger's device is made beside it, and read after a new start", async () => {
  const [extension = ""] = commandsOf("extend/README.md");
  const first = await start(extension);
  const token = (await readFile(join(dir, "data/admin.token"), "utf8")).trim();
  const answer = await fetch(`${url}/v1/extensions`, { headers: { authorization: `Bearer ${token}` } });
  expect(await answer.text()).toContain('"acme"');

  const [add = "", channels = "", look = ""] = commandsOf("devices/vzlogger.md");
  await shell.type(add).done();
  await first.interrupt();
  await start(channels);
  // What vzlogger does with its section `mqtt`: one message a channel, below its topic.
  type Conf = { mqtt: Record<"host" | "port" | "cafile" | "certfile" | "keyfile" | "id" | "topic", string> };
  const { mqtt } = JSON.parse(
    await readFile(join(dir, "data/pki/devices/cellar/vzlogger.conf"), "utf8"),
  ) as Conf;
  const timestamp = Date.now();
  for (const [channel, value] of [
    ["chn0", 12_345_679],
    ["chn1", -412.5],
  ])
    await run(
      "mosquitto_pub",
      [
        `-h ${mqtt.host} -p ${mqtt.port} -i ${mqtt.id} -q 1 -t ${mqtt.topic}/${channel}/raw`,
        `--cafile ${mqtt.cafile} --cert ${mqtt.certfile} --key ${mqtt.keyfile}`,
        `-m ${JSON.stringify({ timestamp, value })}`,
      ].flatMap((words) => words.split(" ")),
    );
  const { registers } = JSON.parse(await shell.type(look).done()) as { registers: object };
  expect(Object.keys(registers)).toEqual(["1-0:1.8.0", "1-0:16.7.0"]);
}, 120_000);

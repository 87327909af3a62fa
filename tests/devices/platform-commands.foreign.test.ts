import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { blocksOf } from "../support/page-blocks.ts";
import { pagePlatform, type PagePlatform } from "../support/page-platform.ts";

// Blocks of the pages that start the platform themselves, in a fresh folder as its first user has it.
const run = promisify(execFile);
let platform: PagePlatform;

beforeAll(async () => {
  platform = await pagePlatform({ env: { SMP_SIMULATE: "false" } });
});
afterAll(() => platform?.close());

const commandsOf = (page: string): string[] =>
  blocksOf(`docs/${page}`)
    .filter(({ info }) => info === "sh")
    .map(({ code }) => code);

test("an extension is made, tested and run; vzlogger's device is made beside it, and read after a new start", async () => {
  const { dir, shell, url } = platform;
  const [extension = ""] = commandsOf("extend/README.md");
  const first = await platform.start(extension);
  const authorization = `Bearer ${await platform.token()}`;
  const answer = await fetch(`${url}/v1/extensions`, { headers: { authorization } });
  expect(await answer.text()).toContain('"acme"');

  const [add = "", channels = "", look = ""] = commandsOf("devices/vzlogger.md");
  await shell.type(add).done();
  await first.interrupt();
  await platform.start(channels);
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

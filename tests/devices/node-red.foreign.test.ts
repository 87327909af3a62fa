import { execFile, spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startEmbedded, type Embedded } from "../support/embedded.ts";
import { codeBlocks } from "../support/page-blocks.ts";
import { freePort, until } from "../support/platform-process.ts";

// docs/devices/node-red.md in Node-RED itself, from npm, in a folder that stays: it takes some seconds to install.
const run = promisify(execFile);
const VERSION = "4.1.0";
const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
const home = join(cache, "smart-meter-platform", `node-red-${VERSION}`);
const red = join(home, "node_modules/node-red/red.js");
const page = "docs/devices/node-red.md";

let platform: Embedded;
let nodeRed: ChildProcess | undefined;
beforeAll(async () => {
  platform = await startEmbedded();
  if (existsSync(red)) return;
  await mkdir(home, { recursive: true });
  const flags = "--ignore-scripts --omit=optional --no-audit --no-fund --silent".split(" ");
  await run("npm", ["install", ...flags, "--prefix", home, `node-red@${VERSION}`], { timeout: 200_000 });
}, 260_000);
afterAll(async () => {
  nodeRed?.kill();
  await platform?.close();
});

interface Node {
  id: string;
  type: string;
  [key: string]: unknown;
}

/** The flow as imported, with what the page adds to it: its function node, and a look at the error topic. */
function follow(flow: Node[]): Node[] {
  const [functionText = ""] = codeBlocks(page, "js");
  const [z, broker, out] = ["tab", "mqtt-broker", "mqtt out"].map(
    (type) => flow.find((node) => node.type === type)?.id,
  );
  const at = { z, x: 100, y: 200 };
  const inject = (id: string, value: object, to: string): Node => ({
    ...at,
    id,
    type: "inject",
    props: [{ p: "payload" }],
    payload: JSON.stringify(value),
    payloadType: "json",
    once: true,
    onceDelay: "1.5",
    wires: [[to]],
  });
  return [
    ...flow,
    inject("values", { importKwh: 12_345.679, powerW: 512, volts: [230.4] }, "page"),
    { id: "page", type: "function", ...at, func: functionText, outputs: 1, wires: [[out]] },
    inject("wrong", { v: 1, r: { power: 1 } }, String(out)),
    {
      ...at,
      id: "errors",
      type: "mqtt in",
      topic: "sm/v1/my-flow/error",
      qos: "1",
      datatype: "utf8",
      broker,
      wires: [["show"]],
    },
    {
      id: "show",
      type: "debug",
      ...at,
      active: true,
      console: true,
      tosidebar: false,
      complete: "payload",
      wires: [],
    },
  ];
}

test("Node-RED runs the flow of `--for node-red`, with the page's function and its look at the error topic", async () => {
  const [add = "", look = ""] = codeBlocks(page, "sh");
  await platform.shell(add);
  const flows = join(platform.dir, "flows.json");
  const imported = JSON.parse(
    await readFile(join(platform.bundle("my-flow"), "flows.json"), "utf8"),
  ) as Node[];
  await writeFile(flows, JSON.stringify(follow(imported)));
  const settings = join(platform.dir, "settings.cjs");
  const options = {
    uiHost: "127.0.0.1",
    uiPort: await freePort(),
    httpAdminRoot: false,
    httpNodeRoot: false,
  };
  await writeFile(settings, `module.exports = ${JSON.stringify(options)};`);
  nodeRed = spawn(process.execPath, [red, "--userDir", platform.dir, "--settings", settings, flows]);
  let said = "";
  for (const stream of [nodeRed.stdout, nodeRed.stderr])
    stream?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  type Readings = { readings: { registers: Record<string, number> }[] };
  let readings: Readings["readings"] = [];
  await until("three messages", async () => {
    if (nodeRed?.exitCode !== null) throw new Error(`Node-RED ended:\n${said}`);
    ({ readings = [] } = await platform.get<Partial<Readings>>("/v1/meters/my-flow/readings"));
    return readings.length >= 2 && said.includes("OBIS code");
  }).catch((cause: unknown) => {
    throw new Error(said, { cause });
  });
  expect(await platform.shell(look)).toContain('"power_w":');
  expect(readings.map(({ registers }) => registers)).toEqual(
    expect.arrayContaining([
      { "1-0:16.7.0": 413 },
      { "1-0:1.8.0": 12_345_679, "1-0:16.7.0": 512, "1-0:32.7.0": 230.4 },
    ]),
  );
}, 90_000);

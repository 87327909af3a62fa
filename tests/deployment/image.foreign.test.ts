import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { freePort, spawnPlatform, until } from "../support/platform-process.ts";

interface Compose {
  services: { broker: { environment: { NODE_OPTIONS: string } } };
}

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));

let dir: string;
let node: string;
let major: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "smp-image-"));
  [, major = ""] = /^FROM node:(\d+)-/m.exec(await readFile(join(root, "Dockerfile"), "utf8")) ?? [];
  const fetching = ["exec", "--yes", `--package=node@${major}`, "--", "node", "-p", "process.execPath"];
  node = (await run("npm", fetching, { cwd: dir })).stdout.trim();
}, 120_000);
afterAll(() => rm(dir, { recursive: true, force: true }));

test("the platform runs on the Node of its image, and says no warning", async () => {
  const { stdout: version } = await run(node, ["--version"]);
  expect(version).toMatch(new RegExp(`^v${major}\\.`));

  const [mqttPort, httpPort, estPort] = [await freePort(), await freePort(), await freePort()];
  const url = `http://127.0.0.1:${httpPort}`;
  const data = join(dir, "data");
  const settings = {
    SMP_DATA_DIR: data,
    SMP_MQTT_PORT: String(mqttPort),
    SMP_HTTP_PORT: String(httpPort),
    SMP_EST_PORT: String(estPort),
  };
  // An option that this Node takes no more would keep the broker from starting.
  const { services } = parse(await readFile(join(root, "compose.yaml"), "utf8")) as Compose;
  const nodeArgs = services.broker.environment.NODE_OPTIONS.split(" ");
  const platform = await spawnPlatform(settings, `${url}/readyz`, ["start"], { node, nodeArgs });
  onTestFinished(() => platform.kill());
  const token = (await readFile(join(data, "admin.token"), "utf8")).trim();
  await until("a reading of the simulated meter", async () => {
    const answer = await fetch(`${url}/v1/meters`, { headers: { authorization: `Bearer ${token}` } });
    const { meters } = (await answer.json()) as { meters: { simulated: boolean; age_s: number }[] };
    return meters.some(({ simulated, age_s }) => simulated && age_s < 30);
  });
  expect(await platform.stop()).toBe(0);
  expect(platform.output()).not.toMatch(/warning|deprecat|experimental/i);
}, 60_000);

test("on it an extension can do no more, and no link leads out of a folder", async () => {
  const files = [
    "extensions/test/escape",
    "extensions/test/isolation",
    "extensions/test/package",
    "api/test/pages/static",
  ];
  const { PATH, HOME } = process.env;
  const vitest = ["node_modules/vitest/vitest.mjs", "run", ...files.map((file) => `${file}.test.ts`)];
  const { stdout } = await run(node, vitest, { cwd: root, env: { PATH, HOME } });
  expect(stdout).toMatch(/4 passed/);
}, 300_000);

import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pkiPaths, readRegistry } from "@smp/certs";
import { codeBlocks } from "./support/page.ts";
import { freePort, spawnPlatform, type PlatformProcess } from "./support/platform-process.ts";

// The operator's page, command by command, against the whole embedded platform; only ports differ.
const run = promisify(execFile);
const smp = fileURLToPath(new URL("../dist/smp.js", import.meta.url));
let dir: string;
let platform: PlatformProcess;
let ports: { mqtt: number; est: number };
let environment: Record<string, string>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "smp-enrolment-"));
  ports = { mqtt: await freePort(), est: await freePort() };
  const http = await freePort();
  environment = {
    SMP_DATA_DIR: join(dir, "data"),
    SMP_MQTT_HOST: "127.0.0.1",
    SMP_MQTT_PORT: String(ports.mqtt),
    SMP_EST_PORT: String(ports.est),
    SMP_HTTP_PORT: String(http),
    SMP_SIMULATE: "false",
  };
  platform = await spawnPlatform(environment, `http://127.0.0.1:${http}/readyz`);
  await mkdir(join(dir, "bin"));
  await writeFile(join(dir, "bin/npx"), `#!/bin/sh\nshift\nexec "${process.execPath}" "${smp}" "$@"\n`);
  await chmod(join(dir, "bin/npx"), 0o755);
});
afterAll(async () => {
  await platform.kill();
  await rm(dir, { recursive: true, force: true });
});

test("the page on enrolment works from its first command to its last", { timeout: 120_000 }, async () => {
  const blocks = codeBlocks("docs/operate/enrolment.md", "sh");
  expect(blocks.length).toBeGreaterThanOrEqual(5);
  let shown = "";
  for (const block of blocks) {
    const script = block
      .replaceAll("localhost:8085", `localhost:${ports.est}`)
      .replaceAll("localhost:8883", `localhost:${ports.mqtt} --est https://localhost:${ports.est}`);
    const env = {
      ...process.env,
      SMP_DATA_DIR: environment["SMP_DATA_DIR"],
      PATH: `${join(dir, "bin")}${delimiter}${process.env["PATH"]}`,
    };
    const { stdout, stderr } = await run("sh", ["-ec", script], { cwd: dir, env });
    shown += stdout + stderr;
  }
  expect(shown).toContain("Enrolled as house-7");
  expect(shown).toMatch(/^ok +reading +a test reading/m);
  expect(shown).toContain("client.crt: OK");
  const registered = await readRegistry(pkiPaths(join(dir, "data/pki")).registry);
  expect(registered.filter(({ role }) => role === "device").map(({ id }) => id)).toEqual([
    "house-7",
    "kitchen",
    "kitchen",
  ]);
});

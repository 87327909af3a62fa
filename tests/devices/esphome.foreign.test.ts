import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeBlocks } from "../support/page-blocks.ts";
import { certify, type Certified } from "../support/certify.ts";

// ESPHome from PyPI, in a virtual environment that stays: it takes a minute to install.
const run = promisify(execFile);
const VERSION = "2026.6.5";
const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
const environment = join(cache, "smart-meter-platform", `esphome-${VERSION}`);
const esphome = join(environment, "bin/esphome");
const page = "docs/devices/esphome.md";

let dir: string;
let certified: Certified;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "smp-esphome-"));
  certified = await certify("my-device", "--for", "esphome");
  await writeFile(join(dir, "esphome.yaml"), await certified.read("esphome.yaml"));
  await writeFile(join(dir, "secrets.yaml"), "wifi_ssid: home\nwifi_password: a password\n");
  if (existsSync(esphome)) return;
  await mkdir(join(cache, "smart-meter-platform"), { recursive: true });
  await run("python3", ["-m", "venv", environment]);
  await run(join(environment, "bin/pip"), ["install", "--quiet", `esphome==${VERSION}`], {
    timeout: 400_000,
  });
}, 420_000);
afterAll(async () => {
  await certified.remove();
  await rm(dir, { recursive: true, force: true });
});

describe("the page for ESPHome", () => {
  test("shows a configuration that ESPHome accepts, with the file of `smp device add --for esphome`", async () => {
    const [configuration = ""] = codeBlocks(page, "yaml");
    await writeFile(join(dir, "meter.yaml"), configuration);
    const { stdout } = await run(esphome, ["config", "meter.yaml"], { cwd: dir, timeout: 60_000 });
    expect(stdout).toContain("BEGIN CERTIFICATE");
    expect(stdout).toContain("topic: sm/v1/my-device/reading");
    expect(stdout).toContain("topic: sm/v1/my-device/error");
  }, 90_000);

  test("is told what is wrong: the check would see a fault", async () => {
    const [configuration = ""] = codeBlocks(page, "yaml");
    await writeFile(join(dir, "faulty.yaml"), configuration.replace("platform: sml", "platform: smll"));
    await expect(run(esphome, ["config", "faulty.yaml"], { cwd: dir, timeout: 60_000 })).rejects.toThrow();
  }, 90_000);
});

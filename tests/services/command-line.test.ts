import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const smp = fileURLToPath(new URL("../../dist/smp.js", import.meta.url));

test("a command whose reader has seen enough ends without a word", async () => {
  const child = spawn(process.execPath, [smp, "--help"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  expect({ code, said }).toEqual({ code: 141, said: "" });
});

test("a command about what is stored, typed in a wrong folder, says so and makes no store there", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "smp-wrong-folder-"));
  try {
    // Nothing answers at port 0: no platform of this machine is asked.
    const env = { ...process.env, SMP_DATA_DIR: "data", SMP_HTTP_PORT: "0" };
    const child = spawn(process.execPath, [smp, "token", "list"], { cwd, env });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const [code] = (await once(child, "close")) as [number | null];
    expect(said).toContain("readings.duckdb is not here: start the platform once (npm start)");
    expect({ code, made: await readdir(cwd) }).toEqual({ code: 2, made: [] });
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
});

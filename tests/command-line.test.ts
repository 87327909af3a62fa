import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const smp = fileURLToPath(new URL("../dist/smp.js", import.meta.url));

test("a command whose reader has seen enough ends without a word", async () => {
  const child = spawn(process.execPath, [smp, "--help"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  expect({ code, said }).toEqual({ code: 141, said: "" });
});

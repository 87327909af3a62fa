import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";

const COMMAND = `process.on("SIGINT", () => setTimeout(() => { console.log("ended"); process.exit(1); }, 200));
  setInterval(() => {}, 1000); console.log("begun")`;

test("Ctrl-C waits for the command that prepares, so that the next start does not find it at work", async () => {
  const script = `import("./scripts/lib/prepare.js").then(({ run }) => run(process.execPath, ["-e", ${JSON.stringify(COMMAND)}]))`;
  const child = spawn(process.execPath, ["-e", script], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  let output = "";
  let atExit = "";
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  child.once("exit", () => (atExit = output));
  await once(child.stdout, "data");
  process.kill(-child.pid!, "SIGINT");
  await once(child, "close");
  expect(atExit).toBe("begun\nended\n");
});

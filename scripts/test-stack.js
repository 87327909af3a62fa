// `npm run test:stack [filter...]`: the tests that need real servers, with Apache Kafka and QuestDB from jars.
// KAFKA_BROKERS or QUESTDB_URL (with QUESTDB_PG_URL) in the environment name servers to use instead.
import { spawn } from "node:child_process";
import { prepare, root } from "./lib/prepare.js";
import { startStack } from "./stack/stack.js";

const FILTERS = [".stack.test.ts"];

// The servers are stopped and their data removed before this process ends, however it is asked to.
const interruption = new AbortController();
const interrupt = interruption.signal;
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => interruption.abort());

/** Runs a program in this terminal, in a process group of its own: vitest does not end its workers when it is
 * signalled, so an interrupt ends the whole group. @param {string} command
 * @param {string[]} args @param {NodeJS.ProcessEnv} env @returns {Promise<number>} exit code */
function runInherited(command, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env, stdio: "inherit", detached: true });
    const end = () => process.kill(-(child.pid ?? 0), "SIGTERM");
    if (child.pid !== undefined) interrupt.addEventListener("abort", end);
    child.once("exit", () => interrupt.removeEventListener("abort", end));
    child.once("error", reject).once("exit", (code) => resolve(code ?? 1));
  });
}

/** @param {string[]} args flags for vitest, and filters in place of ours @returns {Promise<number>} exit code */
async function main(args) {
  if (process.env["QUESTDB_URL"] && !process.env["QUESTDB_PG_URL"]) {
    throw new Error("QUESTDB_URL is set: set QUESTDB_PG_URL too, as postgres://user:password@host:8812/qdb.");
  }
  prepare();
  const stack = await startStack();
  try {
    console.log(
      Object.entries(stack.env)
        .map(([name, value]) => `${name}=${value}`)
        .join("\n"),
    );
    if (interrupt.aborted) return 130;
    // TMPDIR: what an interrupted test leaves behind goes with the servers' data.
    const vitest = [
      "node_modules/vitest/vitest.mjs",
      "run",
      ...(args.some((argument) => argument.startsWith("--reporter")) ? [] : ["--reporter=default"]),
      ...(args.every((argument) => argument.startsWith("-")) ? FILTERS : []),
      ...args,
    ];
    return await runInherited(process.execPath, vitest, { ...process.env, ...stack.env, TMPDIR: stack.dir });
  } finally {
    await stack.close();
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

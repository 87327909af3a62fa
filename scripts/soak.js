// `npm run soak [-- --kills 500] [--embedded-kills 50] [--outage-seconds 60] [--steady-seconds 600] [--minutes 60] [--seed 1]`:
// the crash tests in their long form, with Kafka and QuestDB of their own. With --minutes the whole is repeated, each time with the next
// seed, until so much time has passed.
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { prepare, root } from "./lib/prepare.js";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "500" },
    "embedded-kills": { type: "string", default: "50" },
    "outage-seconds": { type: "string", default: "60" },
    "steady-seconds": { type: "string", default: "600" },
    minutes: { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
  },
});
const number = (/** @type {keyof typeof values} */ name) => {
  const value = Number(values[name]);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new Error(`--${name} is "${values[name]}", but must be a number.`);
};
const until = Date.now() + number("minutes") * 60_000;

/** One round of all crash tests. @param {number} seed @returns {Promise<number>} exit code */
function round(seed) {
  const env = {
    ...process.env,
    SMP_STACK: "1",
    SEED: String(seed),
    SMP_CRASH_KILLS: String(number("kills")),
    SMP_CRASH_KILLS_EMBEDDED: String(number("embedded-kills")),
    SMP_OUTAGE_SECONDS: String(number("outage-seconds")),
    SMP_STEADY_SECONDS: String(number("steady-seconds")),
  };
  const args = [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--reporter=default",
    "--maxWorkers=1",
    "tests/delivery/crash",
  ];
  return new Promise((resolve, reject) => {
    spawn(process.execPath, args, { cwd: root, env, stdio: "inherit" })
      .once("error", reject)
      .once("exit", (code) => resolve(code ?? 1));
  });
}

prepare();
let seed = number("seed");
do {
  console.log(`seed ${seed}`);
  process.exitCode = await round(seed);
  seed += 1;
} while (process.exitCode === 0 && Date.now() < until);

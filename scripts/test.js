// `npm test`: installs, builds, runs every test that needs nothing but Node. `--foreign` runs those instead that need other
// people's programs (openssl, mosquitto, socat), `--browser` those that need Chromium. Further arguments go to vitest;
// a filter among them stands in place of the kind's own.
import { join } from "node:path";
import { prepare, root, run } from "./lib/prepare.js";

const KINDS = ["foreign", "browser"];
const kind = KINDS.find((name) => process.argv.includes(`--${name}`));
const args = process.argv.slice(2).filter((argument) => argument !== `--${kind}`);
const filters = kind && args.every((argument) => argument.startsWith("-")) ? [`.${kind}.test.ts`] : [];
try {
  prepare();
  run(process.execPath, [join(root, "node_modules/vitest/vitest.mjs"), "run", ...filters, ...args], {
    env: { ...process.env, ...(kind ? { [`SMP_${kind.toUpperCase()}`]: "1" } : {}) },
  });
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

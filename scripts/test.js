// `npm test`: installs, builds, runs every test that needs no server of others. `--browser` runs the browser tests instead.
// Further arguments go to vitest.
import { prepare, root, run } from "./lib/prepare.js";
import { join } from "node:path";

const browser = process.argv.includes("--browser");
const args = process.argv.slice(2).filter((argument) => argument !== "--browser");
try {
  prepare();
  run(process.execPath, [join(root, "node_modules/vitest/vitest.mjs"), "run", ...(browser ? [".browser.test.ts"] : []), ...args], {
    env: { ...process.env, ...(browser ? { SMP_BROWSER: "1" } : {}) },
  });
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

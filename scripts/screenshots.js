// Writes the screenshots of the README and the docs, so that they cannot age: the browser tests take them.
import { fileURLToPath } from "node:url";
import { run } from "./lib/prepare.js";

try {
  run(process.execPath, [fileURLToPath(new URL("test.js", import.meta.url)), "--browser"], {
    env: { ...process.env, SMP_SCREENSHOTS: "1" },
  });
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

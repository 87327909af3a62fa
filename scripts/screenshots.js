// Takes a picture of every screen, to look at; those of the README go to docs/images, so that they cannot age.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./lib/prepare.js";

const folder = mkdtempSync(join(tmpdir(), "smp-screenshots-"));
try {
  run(
    process.execPath,
    [fileURLToPath(new URL("test.js", import.meta.url)), "--browser", "tests/app/screens"],
    { env: { ...process.env, SMP_SCREENSHOTS: folder } },
  );
  console.log(`the pictures are in ${folder}`);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

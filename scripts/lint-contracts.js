// Contract lint, offline: generated files are fresh, both interface descriptions are valid.
import { join } from "node:path";
import { root, run } from "./lib/prepare.js";

try {
  run(process.execPath, [join(root, "scripts/generate.js"), "--check"]);
  run(process.execPath, [join(root, "node_modules/@redocly/cli/bin/cli.js"), "lint"], {
    env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" },
  });
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

// The command line and `npm start` as few files in `dist/`: Node finds and reads a thousand modules one by one, which took most of a
// start's time. The code of each command is a part of its own, loaded when it is asked for.
import { relative, resolve } from "node:path";
import { build } from "rolldown";
import { root } from "./lib/prepare.js";

/**
 * A part is called by its last module, in a stack trace too: `store-duckdb` or `pino`.
 * @param {{ name: string, moduleIds: string[] }} part
 */
const nameOf = ({ name, moduleIds }) =>
  relative(root, moduleIds.at(-1) ?? name)
    .replace(/^(.*\/)?node_modules\/@?/, "")
    .replace(/(\/index)?\.\w+$/, "")
    .replaceAll(/\/(src|lib|dist|build)(?=\/|$)/g, "")
    .replaceAll(/[^\w-]+/g, "-");

await build({
  cwd: root,
  input: { smp: "smp.ts", start: "start.ts" },
  platform: "node",
  // mqtt-packet calls `debug` 26 times for each message, which is nothing to anybody until V8 may leave it out.
  resolve: { conditionNames: ["source"], alias: { debug: resolve(root, "scripts/lib/no-debug.cjs") } },
  // Native code that is found beside its package, and a client of which we put our own in the place of modules.
  external: ["@duckdb/node-bindings", "serialport", /^kafkajs(\/|$)/],
  logLevel: "warn",
  // As deep as the sources that look for files beside them expect; without hashes, so that a build leaves no older one's files.
  output: { dir: "dist", chunkFileNames: (part) => `${nameOf(part)}.js`, sourcemap: true },
});

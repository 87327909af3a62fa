// What `npm start` and `npm test` share: a checkout becomes installed and built, and only what is stale is done again.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));
const NODE_MIN = [20, 19, 4];

/** Runs a command to its end with its output shown; throws a sentence when it fails. */
export function run(command, args, { env = process.env, quiet = false } = {}) {
  // Ctrl-C reaches the command, too, and is waited for: the next start must not find npm still at work.
  const wait = () => {};
  process.on("SIGINT", wait);
  const result = spawnSync(command, args, {
    cwd: root,
    env,
    stdio: quiet ? ["ignore", "ignore", "inherit"] : "inherit",
    shell: process.platform === "win32",
  });
  process.off("SIGINT", wait);
  if (result.error) throw new Error(`${command} could not be started: ${result.error.message}`);
  if (result.status !== 0)
    throw new Error(`\`${[command, ...args].join(" ")}\` failed (exit ${result.status ?? result.signal})`);
}

function checkNode() {
  const version = process.versions.node.split(".").map(Number);
  const older = NODE_MIN.find((part, index) => version[index] !== part);
  const at = NODE_MIN.indexOf(older);
  if (older !== undefined && version[at] < older)
    throw new Error(
      `Node ${process.versions.node} is too old: install ${NODE_MIN.join(".")} or newer (nodejs.org)`,
    );
}

const mtime = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

/** When a file, or the last one in a folder, was changed. */
function newest(place) {
  let latest = mtime(place);
  if (!statSync(place).isDirectory()) return latest;
  for (const entry of readdirSync(place, { withFileTypes: true })) {
    if (entry.name === "dist" || entry.name === "node_modules") continue;
    const path = join(place, entry.name);
    latest = Math.max(latest, entry.isDirectory() ? newest(path) : mtime(path));
  }
  return latest;
}

function install() {
  const done = join(root, "node_modules/.package-lock.json");
  if (mtime(done) >= mtime(join(root, "package-lock.json"))) return;
  console.error("installing packages (once) …");
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { quiet: true });
}

/** What the command line is bundled from: our code, and that of others as the lockfile states it. */
function platformSources() {
  const { workspaces } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const packages = workspaces.filter((name) => name !== "app").map((name) => join(name, "src"));
  const files = readdirSync(root).filter((name) => /^package-lock\.json$|\.ts$/.test(name));
  return [...packages, ...files, "embedded", "services", "scripts/bundle.js"];
}

const isStale = (built, sources) =>
  mtime(join(root, built)) <= Math.max(...sources.map((source) => newest(join(root, source))));

function build() {
  // tsc -b looks for itself what is stale; the bundlers do not.
  run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b"]);
  if (isStale("dist/smp.js", platformSources())) run(process.execPath, [join(root, "scripts/bundle.js")]);
  if (!isStale("app/dist/index.html", ["app", "schemas/src"])) return;
  console.error("building the app …");
  run("npm", ["run", "build", "--workspace", "app", "--silent"], { quiet: true });
}

/** Installs and builds whatever is missing or stale. */
export function prepare() {
  checkNode();
  install();
  build();
}

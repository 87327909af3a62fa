// Plays `docker` in a page's shell, where there is none. What it is asked for is held against compose.yaml: services, volumes, and, in the
// reader's folder, that the files which services mount are there. `docker compose run --rm provision` is done, by smp with the service's
// settings.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

const root = new URL("../../", import.meta.url);
const smp = fileURLToPath(new URL("dist/smp.js", root));
const compose = parse(readFileSync(new URL("compose.yaml", root), "utf8"), { merge: true });
const FLAGS = {
  build: [],
  up: ["-d", "--wait", "--force-recreate", "--scale"],
  run: ["--rm"],
  exec: [],
  ps: [],
  logs: [],
  stop: [],
  start: [],
  down: [],
};

/** @type {typeof import("./docker-player.js").faultOf} */
export function faultOf([first = "", command = "", ...words]) {
  if (first === "run") {
    const [, volume = ""] = /-v ([^:/]+):/.exec([command, ...words].join(" ")) ?? [];
    const named = Object.keys(compose.volumes).map((name) => `${compose.name}_${name}`);
    return named.includes(volume) ? undefined : `there is no volume ${volume}`;
  }
  const allowed = first === "compose" ? FLAGS[command] : undefined;
  if (allowed === undefined) return `${first} ${command}?`;
  for (const word of words) {
    if (word.startsWith("-") && !allowed.includes(word)) return `compose ${command} ${word}?`;
    if (word.startsWith("-")) continue;
    const service = word.replace(/=\d+$/, "");
    if (!(service in compose.services)) return `compose.yaml has no service ${service}`;
    // What follows is for the service.
    if (command === "run" || command === "exec") return undefined;
  }
  return undefined;
}

/** @param {string} text @returns {string} */
const here = (text) => text.replace(/^\$\{SMP_DATA_DIR:-\.\/data\}|^\/data(?=\/|$)/, "data");

/** Compose starts no service whose mounted files are missing. @param {string} name @returns {string | undefined} */
function missingMount(name) {
  const { volumes = [], secrets = [] } = compose.services[name];
  const binds = volumes.filter((volume) => volume.type === "bind").map(({ source }) => source);
  const paths = [...binds, ...secrets.map((secret) => compose.secrets[secret].file)].map(here);
  const missing = paths.find((path) => !existsSync(path));
  return missing === undefined ? undefined : `${name} needs ${missing}, which is not there`;
}

/** @param {string} name @param {string[]} args @returns {number} exit code */
function provision(name, args) {
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env };
  for (const [key, value] of Object.entries(compose.services[name].environment)) {
    const secret = /^\/run\/secrets\/(.*)$/.exec(value)?.[1];
    env[key] = here(secret === undefined ? value : compose.secrets[secret].file);
  }
  return spawnSync(process.execPath, [smp, ...args], { env, stdio: "inherit" }).status ?? 1;
}

/** @param {string[]} words @returns {number} exit code */
function play(words) {
  const [, command, , name = "", ...args] = words;
  const always = Object.keys(compose.services).filter((key) => compose.services[key].profiles === undefined);
  const started = command === "up" ? always : command === "run" ? [name] : [];
  const fault = faultOf(words) ?? started.map(missingMount).find((missing) => missing !== undefined);
  if (fault !== undefined) process.stderr.write(`docker: ${fault}\n`);
  if (fault !== undefined) return 1;
  return command === "run" && name === "provision" ? provision(name, args) : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = play(process.argv.slice(2));

// Plays `docker` in a page's shell, where there is none. What it is asked for is held against compose.yaml: services, volumes, and, in the
// reader's folder, that the files which services mount are there. It remembers which services were stopped. These it does: smp, for
// `docker compose run --rm provision`, with the service's settings; Kafka's own tools; and, here in place of a container, what
// `docker run -v` shall do with a volume, which is the folder `volumes/NAME`.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { findJars } from "../../scripts/stack/jars.js";

const root = new URL("../../", import.meta.url);
const smp = fileURLToPath(new URL("dist/smp.js", root));
const compose = parse(readFileSync(new URL("compose.yaml", root), "utf8"), { merge: true });
const FLAGS = {
  build: [],
  up: ["-d", "--wait", "--force-recreate", "--scale"],
  run: ["--rm", "-v"],
  exec: ["-e"],
  ps: [],
  logs: [],
  stop: [],
  start: [],
  down: [],
};
const WITH_VALUE = ["-e", "-v"];
/** Programs of Kafka's image, by the classes that they start. */
const KAFKA_TOOLS = {
  "/opt/kafka/bin/kafka-consumer-groups.sh": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
};
const STOPPED = "stopped-services.json";

/** @type {typeof import("./docker-player.js").faultOf} */
export function faultOf([first = "", command = "", ...words]) {
  if (first === "run") {
    const [, volume = ""] = /-v ([^:/]+):/.exec([command, ...words].join(" ")) ?? [];
    return volume in volumesByName() ? undefined : `there is no volume ${volume}`;
  }
  const allowed = first === "compose" ? FLAGS[command] : undefined;
  if (allowed === undefined) return `${first} ${command}?`;
  for (const [index, word] of words.entries()) {
    if (word.startsWith("-") && !allowed.includes(word)) return `compose ${command} ${word}?`;
    if (word.startsWith("-") || WITH_VALUE.includes(words[index - 1] ?? "")) continue;
    const service = word.replace(/=\d+$/, "");
    if (!(service in compose.services)) return `compose.yaml has no service ${service}`;
    // What follows is for the service.
    if (command === "run" || command === "exec") return undefined;
  }
  return undefined;
}

/** Names of the volumes on the host, and the services that mount them. @returns {Record<string, string[]>} */
const volumesByName = () =>
  Object.fromEntries(
    Object.keys(compose.volumes).map((volume) => [
      `${compose.name}_${volume}`,
      Object.keys(compose.services).filter((name) =>
        compose.services[name].volumes?.some((mount) => String(mount).startsWith(`${volume}:`)),
      ),
    ]),
  );

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

/** @returns {string[]} */
const stopped = () => (existsSync(STOPPED) ? JSON.parse(readFileSync(STOPPED, "utf8")) : []);

/** `--rm`, then `-v SOURCE:TARGET[:ro]` each, the image, and its command. @param {string[]} words @returns {number} exit code */
function runImage(words) {
  const mounts = words.flatMap((word, index) => (words[index - 1] === "-v" ? [word.split(":")] : []));
  const command = words.slice(words.lastIndexOf("-v") + 3);
  const volumes = volumesByName();
  for (const [source = ""] of mounts) {
    const running = (volumes[source] ?? []).find((name) => !stopped().includes(name));
    if (running !== undefined) process.stderr.write(`docker: ${running} writes to ${source} meanwhile\n`);
    if (running !== undefined) return 1;
  }
  const [program = "", ...args] = command.map((word) => {
    const [source, target] = mounts.find(([, target = ""]) => word.startsWith(target)) ?? ["", ""];
    return source in volumes ? word.replace(target, `volumes/${source}`) : word.replace(target, source);
  });
  return spawnSync(program, args, { stdio: "inherit" }).status ?? 1;
}

/** @param {string} name @param {string[]} command @returns {Promise<number>} exit code */
async function execute(name, [program = "", ...args]) {
  if (stopped().includes(name)) process.stderr.write(`docker: service "${name}" is not running\n`);
  if (stopped().includes(name)) return 1;
  if (!(program in KAFKA_TOOLS)) return 0;
  const { java, kafka } = await findJars();
  const jvm = ["-XX:TieredStopAtLevel=1", "-cp", kafka, KAFKA_TOOLS[program]];
  return spawnSync(java, [...jvm, ...args], { stdio: "inherit" }).status ?? 1;
}

/** @param {string[]} words @returns {Promise<number>} exit code */
async function play(words) {
  const [first, command = "", ...rest] = words;
  const always = Object.keys(compose.services).filter((key) => compose.services[key].profiles === undefined);
  const own = rest.findIndex((word, at) => !word.startsWith("-") && !WITH_VALUE.includes(rest[at - 1] ?? ""));
  const [name = "", ...args] = rest.slice(Math.max(0, own));
  const started = command === "up" ? always : command === "run" || command === "start" ? [name] : [];
  const fault = faultOf(words) ?? started.map(missingMount).find((missing) => missing !== undefined);
  if (fault !== undefined) process.stderr.write(`docker: ${fault}\n`);
  if (fault !== undefined) return 1;
  if (first === "run") return runImage(words);
  if (command === "exec") return execute(name, args);
  if (command === "stop") writeFileSync(STOPPED, JSON.stringify([...stopped(), ...rest]));
  if (command === "start" || command === "up")
    writeFileSync(STOPPED, JSON.stringify(stopped().filter((other) => !started.includes(other))));
  return command === "run" && name === "provision" ? provision(name, args) : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await play(process.argv.slice(2));

// Fetches the servers' jars with Maven, once; afterwards the cache answers without network or Maven.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const POM = fileURLToPath(new URL("pom.xml", import.meta.url));
const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const MINIMUM_JAVA = 17;

/** @typedef {{ java: string, kafka: string, questdb: string }} Jars `kafka` is a class path, `questdb` one jar. */

/**
 * Runs a program to its end.
 * @param {string} command @param {string[]} args
 * @returns {Promise<{ code: number | null, output: string }>} rejects when the program cannot be started
 */
export function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output }));
  });
}

/** Path of the `java` command; throws when there is none or it is too old. @returns {Promise<string>} */
async function findJava() {
  const home = process.env["JAVA_HOME"];
  const java = home ? path.join(home, "bin", "java") : "java";
  const need = `The stack tests need Java ${MINIMUM_JAVA} or later (Debian: apt-get install openjdk-17-jre-headless; or set JAVA_HOME)`;
  const { code, output } = await run(java, ["-version"]).catch((error) => {
    throw new Error(`${need}: ${java} cannot be started.`, { cause: error });
  });
  const major = Number(/version "(?:1\.)?(\d+)/.exec(output)?.[1]);
  if (code !== 0 || !(major >= MINIMUM_JAVA)) throw new Error(`${need}: ${java} -version says\n${output}`);
  return java;
}

/** @type {Promise<Jars> | undefined} */
let jars;

/** Jars of both servers, from the cache folder (`.cache/stack`; SMP_STACK_CACHE overrides). @returns {Promise<Jars>} */
export function findJars() {
  return (jars ??= locateJars());
}

/** @returns {Promise<Jars>} */
async function locateJars() {
  const java = await findJava();
  const cache = path.resolve(process.env["SMP_STACK_CACHE"] || path.join(REPOSITORY, ".cache", "stack"));
  const key = createHash("sha256")
    .update(await readFile(POM))
    .digest("hex")
    .slice(0, 12);
  const folder = path.join(cache, key);
  if (!existsSync(folder)) await fetchJars(cache, folder);
  const [questdb] = (await readdir(folder)).filter((name) => /^questdb-.*\.jar$/.test(name));
  if (questdb === undefined)
    throw new Error(`No QuestDB jar in ${folder}. Remove that folder and try again.`);
  return { java, kafka: path.join(folder, "kafka", "*"), questdb: path.join(folder, questdb) };
}

/** Fills the folder in one step (a rename), so that an interrupted fetch is never taken for a whole one.
 * @param {string} cache @param {string} folder */
async function fetchJars(cache, folder) {
  await mkdir(cache, { recursive: true });
  await removeLeftovers(cache);
  const unfinished = await mkdtemp(path.join(cache, `fetch-${process.pid}-`));
  try {
    const kafka = path.join(unfinished, "kafka");
    const args = ["-q", "-B", "-f", POM, "dependency:copy-dependencies", `-DoutputDirectory=${kafka}`];
    const { code, output } = await run("mvn", args).catch((error) => {
      throw new Error(
        "The stack tests fetch their jars with Maven (Debian: apt-get install maven): mvn cannot be started.",
        {
          cause: error,
        },
      );
    });
    if (code !== 0) throw new Error(`Maven could not fetch the jars of scripts/stack/pom.xml:\n${output}`);
    for (const name of await readdir(kafka)) {
      if (name.startsWith("questdb-")) await rename(path.join(kafka, name), path.join(unfinished, name));
    }
    await rename(unfinished, folder).catch((error) => {
      // Another run fetched the same jars meanwhile: those are as good.
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** A fetch that was killed leaves its folder, which bears its process's number. @param {string} cache */
async function removeLeftovers(cache) {
  for (const name of await readdir(cache)) {
    const pid = /^fetch-(?:(\d+)-)?\w{6}$/.exec(name);
    if (pid && !isAlive(Number(pid[1]))) await rm(path.join(cache, name), { recursive: true, force: true });
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

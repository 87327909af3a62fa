// Classes that Java has parsed and verified once, kept in a file (a dynamic CDS archive, JEP 350): with it Kafka and QuestDB start in
// half the time for a third of the CPU seconds.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { run } from "./jars.js";

/** @typedef {(options: { dir: string, jvm: string[] }) => Promise<{ stop: () => Promise<void> }>} Start */

/** @type {Map<string, Promise<string[]>>} */
const known = new Map();

/**
 * The JVM's flags for the archive of a server, which is made by one start and stop where there is none yet. It is a help, no
 * need: without it, or when Java finds that it does not fit the jars, servers start as ever.
 * @param {string} name @param {string} java @param {string} jars file or class path; the archive lies beside
 * @param {Start} start @returns {Promise<string[]>}
 */
export function archiveOf(name, java, jars, start) {
  const flags = known.get(name) ?? findOrRecord(name, java, jars, start);
  known.set(name, flags);
  return flags;
}

/** @type {typeof archiveOf} */
async function findOrRecord(name, java, jars, start) {
  const { output: version } = await run(java, ["-version"]);
  const key = createHash("sha256").update(version).digest("hex").slice(0, 12);
  const archive = path.join(path.dirname(jars.replace(/[/\\]\*$/, "")), `${name}-${key}.jsa`);
  if (!existsSync(archive)) await record(name, archive, start);
  return existsSync(archive) ? [`-XX:SharedArchiveFile=${archive}`] : [];
}

/** Renames a whole file into place: two processes may do this at once. @param {string} name @param {string} archive
 * @param {Start} start */
async function record(name, archive, start) {
  const dir = await mkdtemp(path.join(tmpdir(), "smp-classes-"));
  const unfinished = `${archive}.${process.pid}`;
  try {
    const server = await start({ dir, jvm: [`-XX:ArchiveClassesAtExit=${unfinished}`] });
    await server.stop();
    await rename(unfinished, archive);
  } catch (error) {
    console.error(`No class archive for ${name}, so it starts more slowly: ${error.message}`);
  } finally {
    await Promise.all([rm(unfinished, { force: true }), rm(dir, { recursive: true, force: true })]);
  }
}

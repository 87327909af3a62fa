// A Java server as a child process: log file, readiness, an end that leaves no orphan.
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;
const POLL_MS = 50;
const LOG_TAIL_LINES = 40;
// Waits for the end of its standard input, which comes however the parent ends, kill -9 included.
const GUARD =
  "process.stdin.resume().once('end', () => { try { process.kill(Number(process.argv[1]), 'SIGKILL') } catch {} })";

/**
 * @typedef {object} Launch
 * @property {string} name for messages
 * @property {string} command
 * @property {string[]} args
 * @property {NodeJS.ProcessEnv} [env] @property {string} cwd
 * @property {string} logFile standard output and error are appended here
 * @property {(log: string) => Promise<boolean>} isReady polled; `log` is what this start has written so far
 */

/**
 * Starts a server and resolves when it is ready; rejects with the end of its log when it is not.
 * @param {Launch} launch
 * @returns {Promise<import("./server-process.js").ServerProcess>}
 */
export async function launch({ name, command, args, env, cwd, logFile, isReady }) {
  const logStart = await stat(logFile).then(
    (file) => file.size,
    () => 0,
  );
  const readLog = async () => (await readFile(logFile)).subarray(logStart).toString();
  const log = openSync(logFile, "a");
  // Detached: Ctrl-C in the terminal reaches the script alone, which then stops the servers in order.
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  const exited = new Promise((resolve) => child.once("exit", resolve).once("error", resolve));
  if (child.pid !== undefined) guard(child.pid, exited);

  const signal = async (/** @type {NodeJS.Signals} */ kind) => {
    child.kill(kind);
    await exited;
  };
  const kill = () => signal("SIGKILL");
  const stop = async () => {
    const abort = new AbortController();
    const force = sleep(STOP_TIMEOUT_MS, undefined, { signal: abort.signal }).then(kill, () => {});
    await signal("SIGTERM");
    abort.abort();
    await force;
  };

  const ended = new AbortController();
  void exited.then(() => ended.abort());
  const started = Date.now();
  while (!ended.signal.aborted && Date.now() - started < START_TIMEOUT_MS) {
    if (await isReady(await readLog()).catch(() => false))
      return { process: child, pid: child.pid, readLog, kill, stop };
    await sleep(POLL_MS);
  }
  const reason = ended.signal.aborted ? "ended" : `was not ready after ${START_TIMEOUT_MS / 1000} s`;
  await kill();
  const tail = (await readLog()).trimEnd().split("\n").slice(-LOG_TAIL_LINES).join("\n");
  throw new Error(`${name} ${reason}. End of its log (${logFile}):\n${tail}`);
}

/** Kills the server when this process dies without having stopped it. @param {number} pid @param {Promise<unknown>} exited */
function guard(pid, exited) {
  const child = spawn(process.execPath, ["-e", GUARD, String(pid)], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.unref();
  child.stdin.unref();
  void exited.then(() => child.kill("SIGKILL"));
}

/**
 * Loopback ports that are free now; all are held until the last is known, so they differ.
 * @param {number} count @returns {Promise<number[]>}
 */
export async function freePorts(count) {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise((resolve, reject) => {
          const server = createServer();
          server.once("error", reject).listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

import { readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { PlatformError } from "@smp/schemas";
import { PRIVATE_FILE_MODE } from "./files.ts";

const WAIT_MS_MAX = 30_000;
const RETRY_MS = 10;

/** Runs a task while no other process or call holds the lock file; a lock left by a dead process of this host is removed. */
export async function withLock<T>(path: string, task: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + WAIT_MS_MAX;
  while (!(await create(path))) {
    await removeIfLeft(path);
    if (Date.now() > deadline) throw await lockedError(path);
    await sleep(RETRY_MS * (1 + Math.random()));
  }
  try {
    return await task();
  } finally {
    await rm(path, { force: true });
  }
}

const create = async (path: string): Promise<boolean> =>
  writeFile(path, `${process.pid} ${hostname()} ${Date.now()}`, { flag: "wx", mode: PRIVATE_FILE_MODE }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return false;
      throw error;
    },
  );

/** Two processes may find the same lock dead. The one that makes a second lock removes it, after a second look. */
async function removeIfLeft(path: string): Promise<void> {
  if (!isLeft(await contentOf(path))) return;
  const guard = `${path}.break`;
  if (!(await create(guard))) return;
  if (isLeft(await contentOf(path))) await rm(path, { force: true });
  await rm(guard, { force: true });
}

const contentOf = async (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");

/** In a container each new process may get its forerunner's process id: then the lock is older than we are. */
function isLeft(content: string): boolean {
  const [pid, host, lockedAtMs] = content.split(" ");
  if (host !== hostname()) return false;
  if (Number(pid) === process.pid) return Number(lockedAtMs) < Date.now() - process.uptime() * 1000;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

async function lockedError(path: string): Promise<PlatformError> {
  const owner = (await contentOf(path)) || "a process that left no name";
  return new PlatformError(
    "locked",
    `${path} has been held for ${WAIT_MS_MAX / 1000} s by ${owner}: if no smp command is running, delete this file and ${path}.break`,
    { retryable: true },
  );
}

import { readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { PlatformError } from "@smp/schemas";

const WAIT_MS_MAX = 30_000;
const RETRY_MS = 10;
/** Locks that are held here. */
const held = new Set<string>();

/** Runs a task while no other process or call holds the lock file; a lock left by a dead process of this host is removed. */
export async function withLock<T>(path: string, task: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + WAIT_MS_MAX;
  while (!create(path)) {
    removeIfLeft(path);
    if (Date.now() > deadline) throw lockedError(path);
    await sleep(RETRY_MS * (1 + Math.random()));
  }
  held.add(path);
  try {
    return await task();
  } finally {
    held.delete(path);
    rmSync(path, { force: true });
  }
}

/** A symbolic link to the owner's name: made in one step, so that a killed process never leaves a lock without a name. */
function create(path: string): boolean {
  const owner = `${process.pid} ${hostname()} ${Date.now()}`;
  try {
    // Windows lets only administrators make links.
    if (process.platform === "win32") writeFileSync(path, owner, { flag: "wx" });
    else symlinkSync(owner, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function ownerOf(path: string): string {
  try {
    return process.platform === "win32" ? readFileSync(path, "utf8") : readlinkSync(path);
  } catch {
    return "";
  }
}

/** Two processes may find the same lock dead. The one that makes a second lock removes it, after a second look. */
function removeIfLeft(path: string): void {
  // By the clock a lock of our own may look older than we are: at boot it is set, by years.
  if (held.has(path) || !isLeft(ownerOf(path))) return;
  const guard = `${path}.break`;
  if (!create(guard)) return;
  if (!held.has(path) && isLeft(ownerOf(path))) rmSync(path, { force: true });
  rmSync(guard, { force: true });
}

/** In a container each new process may get its forerunner's process id: then the lock is older than we are. */
function isLeft(owner: string): boolean {
  const [pid, host, lockedAtMs] = owner.split(" ");
  if (host !== hostname()) return false;
  if (Number(pid) === process.pid) return Number(lockedAtMs) < Date.now() - process.uptime() * 1000;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

function lockedError(path: string): PlatformError {
  const owner = ownerOf(path) || "a process that left no name";
  return new PlatformError(
    "locked",
    `${path} has been held for ${WAIT_MS_MAX / 1000} s by ${owner}: if no smp command is running, delete this file and ${path}.break`,
    { retryable: true },
  );
}

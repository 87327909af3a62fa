import {
  lstatSync,
  lutimes,
  readFileSync,
  readlinkSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PlatformError } from "@smp/schemas";

const WAIT_MS_MAX = 30_000;
const RETRY_MS = 10;
/** Whoever holds a lock says so often; one that has said nothing for so long is dead, on whichever host. */
const BEAT_MS = 2_000;
const SILENT_MS_MAX = 15_000;
/** Locks that are held here. */
const held = new Set<string>();

/**
 * Runs a task while no other process or call holds the lock file. A lock left by a dead process of this host is removed at once; one of
 * another host, as of a container that was killed and has a new name now, when nobody has touched it for a while.
 */
export async function withLock<T>(
  path: string,
  task: () => Promise<T>,
  silentMsMax: number = SILENT_MS_MAX,
): Promise<T> {
  const began = performance.now();
  let seen = { sign: signOf(path), at: began };
  while (!create(path)) {
    const now = performance.now();
    const sign = signOf(path);
    if (sign !== seen.sign) seen = { sign, at: now };
    removeIfLeft(path, () => now - seen.at > silentMsMax && signOf(path) === seen.sign);
    if (now - began > WAIT_MS_MAX) throw lockedError(path);
    await sleep(RETRY_MS * (1 + Math.random()));
  }
  held.add(path);
  const beating = setInterval(() => {
    const now = new Date();
    lutimes(path, now, now, () => undefined);
  }, BEAT_MS).unref();
  try {
    return await task();
  } finally {
    clearInterval(beating);
    held.delete(path);
    remove(path);
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
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (code !== "EACCES") throw error;
    const why = "start as the user to whom the data belong, or give them to this one (chown -R)";
    throw new PlatformError("not-writable", `${dirname(path)} cannot be written: ${why}`, { cause: error });
  }
}

/** Not rmSync: from Node 24 on it leaves a link that leads nowhere, as a lock is, where it is. */
function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** Changes with each sign of life of whoever holds the lock. */
function signOf(path: string): string {
  try {
    return `${ownerOf(path)} ${lstatSync(path).mtimeMs}`;
  } catch {
    return "";
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
function removeIfLeft(path: string, isSilent: () => boolean): void {
  // By the clock a lock of our own may look older than we are: at boot it is set, by years.
  const isDead = (): boolean => {
    const owner = ownerOf(path);
    return !held.has(path) && (isLeft(owner) || (owner.split(" ")[1] !== hostname() && isSilent()));
  };
  if (!isDead()) return;
  const guard = `${path}.break`;
  if (!create(guard)) return;
  if (isDead()) remove(path);
  remove(guard);
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

import { createHash } from "node:crypto";
import { realpath, unlink } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";

export interface DirectoryLock {
  release(): Promise<void>;
}

/**
 * Holds a directory for this process alone, until `release`. A listening socket, not a file with a process number: the
 * system takes it away however the process ends, and no number of an earlier boot can be mistaken for a living process.
 *
 * `purpose` stands in the socket's name: of two purposes neither is in the other's way.
 */
export async function lockDirectory(
  directory: string,
  purpose: "edge" | "spool",
  inUse: (path: string) => Error,
): Promise<DirectoryLock> {
  const path = await realPath(resolve(directory));
  const socket = address(`smp-${purpose}-${createHash("sha256").update(path).digest("hex").slice(0, 32)}`);
  const release = (await listen(socket)) ?? ((await isLeftOver(socket)) ? await listen(socket) : undefined);
  if (!release) throw inUse(path);
  return { release };
}

/** A folder has one name for this, whatever links lead to it; what is not there yet will lie in its parent. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || parent === path) return path;
    return join(await realPath(parent), basename(path));
  }
}

/** How to let go again; `undefined` when somebody else listens there. */
function listen(socket: string): Promise<(() => Promise<void>) | undefined> {
  const server = createServer((peer) => peer.destroy());
  return new Promise((done, fail) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") done(undefined);
      else fail(error);
    });
    server.listen(socket, () => {
      server.unref();
      done(() => new Promise((closed) => server.close(() => closed())));
    });
  });
}

/** Only where the socket is a file can a killed process leave it behind; then nobody answers there. */
async function isLeftOver(socket: string): Promise<boolean> {
  if (!socket.endsWith(".sock")) return false;
  const answered = await new Promise<boolean>((done) => {
    const peer = connect(socket, () => done(true)).once("error", () => done(false));
    peer.once("close", () => peer.destroy());
  });
  if (!answered) await unlink(socket);
  return !answered;
}

function address(name: string): string {
  if (process.platform === "linux") return `\0${name}`;
  return process.platform === "win32" ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

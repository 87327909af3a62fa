import { chmod, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { isAbsolute, relative, resolve } from "node:path";
import { once } from "node:events";
import { PlatformError } from "@smp/schemas";
import type { BackupSummary } from "./backup.ts";
import type { Store } from "../store.ts";

/** The longest socket path that every system takes. */
const PATH_MAX = 103;
const REQUEST_BYTES_MAX = 8_192;

/** A socket's path from here may be shorter than from the root. */
function shortest(path: string): string {
  const absolute = resolve(path);
  const fromHere = relative(process.cwd(), absolute);
  return fromHere.length < absolute.length && !isAbsolute(fromHere) ? fromHere : absolute;
}

type Answer = { summary: BackupSummary } | { code: string; detail: string };

/**
 * Lets other processes of the same user ask this one, which has the store open, for a backup: over a socket in the file
 * system, one line of JSON each way.
 */
export async function serveBackups(store: Store, socketPath: string): Promise<{ close(): Promise<void> }> {
  const path = shortest(socketPath);
  if (path.length > PATH_MAX)
    throw new PlatformError(
      "control-path",
      `${socketPath} is too long for a socket: backups work only while the platform is stopped`,
    );
  // What a killed process left behind; the store's lock says that no other one lives.
  await rm(path, { force: true });
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket)).on("error", () => socket.destroy());
    void serve(store, socket);
  });
  server.listen(path);
  await once(server, "listening");
  await chmod(path, 0o600);
  return {
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

async function serve(store: Store, socket: Socket): Promise<void> {
  const request = await line(socket);
  if (request === undefined) return;
  let answer: Answer;
  try {
    const { folder } = JSON.parse(request) as { folder: string };
    answer = { summary: await store.backup(folder) };
  } catch (error) {
    answer =
      error instanceof PlatformError
        ? { code: error.code, detail: error.message }
        : { code: "store-failed", detail: String(error) };
  }
  socket.end(`${JSON.stringify(answer)}\n`);
}

/** Whether a process has the store open and listens. */
export async function isServed(socketPath: string): Promise<boolean> {
  const socket = connect(shortest(socketPath));
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Asks the process that has the store open; undefined when there is none. */
export async function askForBackup(socketPath: string, folder: string): Promise<BackupSummary | undefined> {
  const socket = connect(shortest(socketPath));
  try {
    await once(socket, "connect");
  } catch {
    return undefined;
  }
  socket.write(`${JSON.stringify({ folder: resolve(folder) })}\n`);
  const text = await line(socket);
  socket.destroy();
  if (text === undefined)
    throw new PlatformError("backup-failed", "the platform ended before the backup was complete");
  const answer = JSON.parse(text) as Answer;
  if ("summary" in answer) return answer.summary;
  throw new PlatformError(answer.code, answer.detail);
}

/** The first line that a peer sends; undefined when it goes without one. */
async function line(socket: Socket): Promise<string | undefined> {
  let text = "";
  socket.setEncoding("utf8");
  try {
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      text += String(chunk);
      if (text.includes("\n")) return text.slice(0, text.indexOf("\n"));
      if (text.length > REQUEST_BYTES_MAX) break;
    }
  } catch {
    // A peer that breaks off has said nothing.
  }
  return undefined;
}

import { watch, type FSWatcher } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { DEVICE_ID, PlatformError } from "@smp/schemas";
import { pino, type Logger } from "pino";
import type { RegisteredCertificate, Registry } from "./registry.ts";

export interface FileRegistry extends Registry {
  close(): void;
}

export interface FileRegistryOptions {
  logger?: Logger;
  /** How often the file is looked at where the system does not report changes. */
  pollMs?: number;
}

interface Event {
  event: "issued" | "revoked";
  serial: string;
  id: string;
  role: RegisteredCertificate["role"];
  meters?: string[];
}

/**
 * Follows the certificate registry `pki/index.jsonl`, an append-only file of one JSON event a line, so that
 * `smp device revoke` works on a running broker. A line counts once its line feed is there; a damaged line is reported
 * and changes nothing.
 *
 * @example
 * const registry = await openRegistryFile("data/pki/index.jsonl", { logger });
 */
export async function openRegistryFile(
  path: string,
  options: FileRegistryOptions = {},
): Promise<FileRegistry> {
  const { logger = pino({ level: "silent" }), pollMs = 500 } = options;
  const certificates = new Map<string, RegisteredCertificate>();
  const listeners = new Set<() => void>();
  let position = 0;
  let reading: Promise<void> = Promise.resolve();

  async function readOn(): Promise<void> {
    const text = await readFrom(path, position);
    if (text === undefined) {
      // The file became shorter: somebody put another one there.
      position = 0;
      certificates.clear();
      return readOn();
    }
    const end = text.lastIndexOf(0x0a) + 1;
    if (end === 0) return;
    for (const line of text.toString("utf8", 0, end - 1).split("\n")) apply(line);
    position += end;
    for (const listener of listeners) listener();
  }

  function apply(line: string): void {
    const event = parseEvent(line);
    if (!event)
      return logger.error(
        { line: line.slice(0, 200) },
        `${path} has a damaged line: it is left out; restore the file from a backup`,
      );
    const { serial, id, role, meters } = event;
    const known = certificates.get(serial);
    if (event.event === "issued") {
      if (!known)
        certificates.set(serial, {
          id,
          role,
          revoked: false,
          ...(meters ? { meters: new Set(meters) } : undefined),
        });
    } else certificates.set(serial, { ...(known ?? { id, role }), revoked: true });
  }

  const look = (): void => {
    reading = reading
      .then(readOn)
      .catch((error: unknown) =>
        logger.error({ err: error }, `${path} cannot be read: the last known state stays`),
      );
  };
  try {
    await readOn();
  } catch (cause) {
    throw new PlatformError(
      "registry",
      `The certificate registry ${path} cannot be read: create it with "smp ca init", or set SMP_PKI_DIR.`,
      { cause },
    );
  }
  const timer = setInterval(look, pollMs);
  timer.unref();
  const watcher = watchFolder(path, look);
  return {
    find: (serial) => certificates.get(serial),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      clearInterval(timer);
      watcher?.close();
    },
  };
}

/** What stands behind `position`; `undefined` when the file is shorter than that. */
async function readFrom(path: string, position: number): Promise<Buffer | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    const { size } = await file.stat();
    if (size < position) return undefined;
    const buffer = Buffer.alloc(size - position);
    const { bytesRead } =
      buffer.length === 0 ? { bytesRead: 0 } : await file.read(buffer, 0, buffer.length, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file?.close();
  }
}

/** Watches the folder, because a watched file is lost when another one takes its name. Polling stands behind it. */
function watchFolder(path: string, look: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(dirname(path), { persistent: false }, (_event, name) => {
      if (name === null || name === basename(path)) look();
    });
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}

function parseEvent(line: string): Event | undefined {
  try {
    const { event, serial, id, role, meters } = JSON.parse(line) as Record<string, unknown>;
    const isEvent = event === "issued" || event === "revoked";
    const isRole = role === "device" || role === "consumer" || role === "service";
    if (!isEvent || !isRole || typeof serial !== "string" || typeof id !== "string") return undefined;
    if (!/^[0-9A-F]+$/.test(serial) || !DEVICE_ID.test(id)) return undefined;
    if (
      meters !== undefined &&
      !(Array.isArray(meters) && meters.every((meter) => typeof meter === "string"))
    )
      return undefined;
    return {
      event,
      serial,
      id,
      role,
      ...(meters === undefined ? undefined : { meters: meters as string[] }),
    };
  } catch {
    return undefined;
  }
}

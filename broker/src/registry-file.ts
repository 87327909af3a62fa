import { watch, type FSWatcher } from "node:fs";
import { open } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { DEVICE_ID, PlatformError } from "@smp/schemas";
import { pino, type Logger } from "pino";
import type { DeviceCertificate, RegisteredCertificate, Registry } from "./registry.ts";

export interface FileRegistryOptions {
  logger?: Logger;
  /** How often the file is looked at where the system does not report changes. */
  pollMs?: number;
}

interface Event extends Pick<RegisteredCertificate, "id" | "role"> {
  event: "issued" | "revoked";
  serial: string;
  /** Unix ms UTC; absent in a line that another tool wrote. */
  notAfter: number | undefined;
  meters?: readonly string[];
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
  const registry = new FileRegistry(path, options.logger ?? pino({ level: "silent" }));
  try {
    await registry.readOn();
  } catch (cause) {
    const how = 'create it with "smp ca init", or set SMP_PKI_DIR';
    throw new PlatformError("registry", `The certificate registry ${path} cannot be read: ${how}.`, {
      cause,
    });
  }
  registry.follow(options.pollMs ?? 500);
  return registry;
}

export class FileRegistry implements Registry {
  readonly #path: string;
  readonly #logger: Logger;
  readonly #certificates = new Map<string, RegisteredCertificate>();
  /** Each device's newest certificate. */
  readonly #newest = new Map<string, Pick<Event, "serial" | "notAfter">>();
  readonly #listeners = new Set<() => void>();
  /** Behind the last whole line that was read. */
  #position = 0;
  #reading: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #watcher: FSWatcher | undefined;

  constructor(path: string, logger: Logger) {
    this.#path = path;
    this.#logger = logger;
  }

  find(serial: string): RegisteredCertificate | undefined {
    return this.#certificates.get(serial);
  }

  /** Of a device's newest certificate: when it expires, and whether it counts; `undefined` if it never had one. */
  certificateOf(device: string, now: number = Date.now()): DeviceCertificate | undefined {
    const { serial = "", notAfter } = this.#newest.get(device) ?? {};
    const certificate = this.#certificates.get(serial);
    if (!certificate || notAfter === undefined) return undefined;
    return { notAfter, status: certificate.revoked ? "revoked" : notAfter <= now ? "expired" : "active" };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes over the lines that have been added. */
  async readOn(): Promise<void> {
    let added = await readFrom(this.#path, this.#position);
    if (added === undefined) {
      // The file became shorter: somebody put another one there.
      this.#certificates.clear();
      this.#newest.clear();
      this.#position = 0;
      added = (await readFrom(this.#path, 0)) ?? Buffer.alloc(0);
    }
    const end = added.lastIndexOf("\n") + 1;
    if (end === 0) return;
    for (const line of added.toString("utf8", 0, end - 1).split("\n")) this.#apply(line);
    this.#position += end;
    for (const listener of this.#listeners) listener();
  }

  follow(pollMs: number): void {
    const look = (): void => {
      this.#reading = this.#reading
        .then(() => this.readOn())
        .catch((error: unknown) =>
          this.#logger.error({ err: error }, `${this.#path} cannot be read: the last known state stays`),
        );
    };
    this.#timer = setInterval(look, pollMs);
    this.#timer.unref();
    this.#watcher = watchFolder(this.#path, look);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#watcher?.close();
  }

  #apply(line: string): void {
    const event = parseEvent(line);
    if (!event) {
      this.#logger.error(
        { line: line.slice(0, 200) },
        `${this.#path} has a damaged line, which changes nothing: restore the file from a backup`,
      );
      return;
    }
    const { serial, id, role, notAfter, meters } = event;
    const known = this.#certificates.get(serial);
    const certificate = known ?? { id, role, revoked: false, ...(meters && { meters: new Set(meters) }) };
    if (role === "device" && event.event === "issued") this.#newest.set(id, { serial, notAfter });
    this.#certificates.set(serial, {
      ...certificate,
      revoked: certificate.revoked || event.event === "revoked",
    });
  }
}

/** What stands behind `position`; `undefined` when the file is shorter than that. */
async function readFrom(path: string, position: number): Promise<Buffer | undefined> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    if (size < position) return undefined;
    if (size === position) return Buffer.alloc(0);
    const { bytesRead, buffer } = await file.read(
      Buffer.alloc(size - position),
      0,
      size - position,
      position,
    );
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
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
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const { event, serial, id, role, meters } = fields;
  const expires = typeof fields["notAfter"] === "string" ? Date.parse(fields["notAfter"]) : Number.NaN;
  const notAfter = Number.isNaN(expires) ? undefined : expires;
  const isEvent = event === "issued" || event === "revoked";
  const isRole = role === "device" || role === "consumer" || role === "service";
  if (!isEvent || !isRole || typeof serial !== "string" || typeof id !== "string") return undefined;
  if (!/^[0-9A-F]+$/.test(serial) || !DEVICE_ID.test(id)) return undefined;
  if (meters === undefined) return { event, serial, id, role, notAfter };
  const isList = Array.isArray(meters) && meters.every((meter): meter is string => typeof meter === "string");
  return isList ? { event, serial, id, role, notAfter, meters } : undefined;
}

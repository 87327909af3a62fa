import { watch, type FSWatcher } from "node:fs";
import { open } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { PlatformError } from "@smp/schemas";
import { pino, type Logger } from "pino";
import { parseEvent, type RegistryEvent } from "./event.ts";
import type { Role } from "../identity/identity.ts";
import type { DeviceCertificate, HeldCertificate, RegisteredCertificate, Registry } from "./registry.ts";

export interface FileRegistryOptions {
  logger?: Logger;
  /** How often the file is looked at where the system does not report changes. */
  pollMs?: number;
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
  /** Each holder's newest certificate, by role and id. */
  readonly #newest = new Map<string, Pick<RegistryEvent, "serial" | "role" | "notAfter" | "input">>();
  readonly #listeners = new Set<() => void>();
  /** Behind the last whole line that was read. */
  #position = 0;
  /** Tells the file from another one of its name. */
  #file: string | undefined;
  /** The damaged file that was reported already. */
  #reported = "";
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
    const { serial = "", notAfter } = this.#newest.get(holder("device", device)) ?? {};
    return this.#heldOf(serial, notAfter, now);
  }

  *newest(now: number): Generator<HeldCertificate> {
    for (const { role, serial, notAfter } of this.#newest.values()) {
      const held = this.#heldOf(serial, notAfter, now);
      if (held) yield { role, ...held };
    }
  }

  #heldOf(serial: string, notAfter: number | undefined, now: number): DeviceCertificate | undefined {
    const certificate = this.#certificates.get(serial);
    if (!certificate || notAfter === undefined) return undefined;
    return { notAfter, status: certificate.revoked ? "revoked" : notAfter <= now ? "expired" : "active" };
  }

  /** The input extension that a device's newest certificate was issued with. */
  inputOf(device: string): string | undefined {
    return this.#newest.get(holder("device", device))?.input;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes over the lines that have been added, or another file that has taken the place of the one known. */
  readOn(): Promise<void> {
    const reading = this.#reading.then(() => this.#readOn());
    this.#reading = reading.catch(() => undefined);
    return reading;
  }

  async #readOn(): Promise<void> {
    const { file, bytes, isOther } = await readFrom(this.#path, this.#position, this.#file);
    const end = bytes.lastIndexOf("\n") + 1;
    const lines = end === 0 ? [] : bytes.toString("utf8", 0, end - 1).split("\n");
    if (isOther) {
      const isWhole = this.#replace(lines, `${file} ${bytes.length}`);
      if (!isWhole) return;
      this.#position = 0;
    } else if (end === 0) return;
    else for (const line of lines) this.#applyLine(line);
    this.#file = file;
    this.#position += end;
    this.#tell();
  }

  follow(pollMs: number): void {
    const look = (): void => {
      this.readOn().catch((error: unknown) =>
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

  /**
   * A file that holds no event, or a line that is none, was not put there by us: then nothing is taken over but its
   * revocations, and devices go on with what is known. What is revoked stays so, whatever a file says that is too old.
   */
  #replace(lines: readonly string[], stamp: string): boolean {
    const events = lines.map(parseEvent);
    const isWhole = events.length > 0 && !events.includes(undefined);
    const revoked = [...this.#certificates].filter(([, certificate]) => certificate.revoked);
    if (isWhole) {
      this.#certificates.clear();
      this.#newest.clear();
      for (const [serial, certificate] of revoked) this.#certificates.set(serial, certificate);
    } else if (stamp !== this.#reported) {
      this.#reported = stamp;
      const what =
        "was replaced by a damaged one: the last known state stays, only revocations are taken over";
      this.#logger.error(`${this.#path} ${what}. Restore it from a backup`);
    }
    const taken = events.filter((event) => event && (isWhole || event.event === "revoked"));
    for (const event of taken) if (event) this.#apply(event);
    if (!isWhole && taken.length > 0) this.#tell();
    return isWhole;
  }

  #applyLine(line: string): void {
    const event = parseEvent(line);
    if (event) this.#apply(event);
    else
      this.#logger.error(
        { line: line.slice(0, 200) },
        `${this.#path} has a damaged line, which changes nothing: restore the file from a backup`,
      );
  }

  #apply({ event, serial, id, role, notAfter, meters, input }: RegistryEvent): void {
    const known = this.#certificates.get(serial);
    const certificate = known ?? { id, role, revoked: false, ...(meters && { meters: new Set(meters) }) };
    if (event === "issued")
      this.#newest.set(holder(role, id), { serial, role, notAfter, ...(input !== undefined && { input }) });
    this.#certificates.set(serial, { ...certificate, revoked: certificate.revoked || event === "revoked" });
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** A device and a consumer may have the same id. */
const holder = (role: Role, id: string): string => `${role} ${id}`;

/** What stands behind `position`; all of it when the file is another one than `known`, or shorter than it was. */
async function readFrom(
  path: string,
  position: number,
  known: string | undefined,
): Promise<{ bytes: Buffer; file: string; isOther: boolean }> {
  const handle = await open(path, "r");
  try {
    const { size, ino, birthtimeMs } = await handle.stat();
    // The number of an inode alone is soon given to another file.
    const file = `${ino} ${birthtimeMs}`;
    const isOther = known !== undefined && (file !== known || size < position);
    const from = isOther ? 0 : position;
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
    return { bytes: buffer.subarray(0, bytesRead), file, isOther };
  } finally {
    await handle.close();
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

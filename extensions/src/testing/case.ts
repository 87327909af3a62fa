import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { PlatformError, type NormalisedReading } from "@smp/schemas";
import type { Bucket } from "@smp/store";

/**
 * One file of an extension's folder `cases/`: what goes in, and what must come out. Fields of other kinds are left out.
 *
 * @example { "message": { "path": "a", "json": { "p": 413 } }, "readings": [{ "v": 1, "r": { "1-0:16.7.0": 413 } }] }
 */
export interface Case {
  settings?: Record<string, string>;

  /** Input: the message, its payload as JSON, text or hex; `received` is RFC 3339. */
  message?: {
    device?: string;
    path?: string;
    received?: string;
    json?: unknown;
    text?: string;
    hex?: string;
  };
  /** Input: the readings; or a part of the fault's sentence. Processor: the batch that goes in. */
  readings?: unknown[];
  fault?: string;

  /** Processor and output: what the store answers. */
  store?: { readings?: NormalisedReading[]; series?: Bucket[] };
  /** Processor: what it must emit. */
  emits?: { readings?: unknown[]; events?: unknown[] };

  /** Output: a GET of this address below `/x/{name}`. */
  get?: string;
  /** Output: the status, and the body as JSON or a part of its text. */
  answers?: { status?: number; json?: unknown; text?: string };
}

/** Fields of a case, and of those of its fields that have some. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  case: ["settings", "message", "readings", "fault", "store", "emits", "get", "answers"],
  message: ["device", "path", "received", "json", "text", "hex"],
  store: ["readings", "series"],
  emits: ["readings", "events"],
  answers: ["status", "json", "text"],
};

/** A field that is misspelt would be a test that cannot fail. */
function refuseUnknown(file: string, one: Readonly<Record<string, unknown>>): void {
  for (const [part, known] of Object.entries(FIELDS))
    for (const name of Object.keys((part === "case" ? one : one[part]) ?? {}))
      if (!known.includes(name))
        throw new PlatformError(
          "case",
          `cases/${file}: a ${part} has no field "${name}", but ${known.join(", ")}`,
        );
}

/** The cases of an extension by file name. */
export async function readCases(folder: string): Promise<Map<string, Case>> {
  const dir = join(folder, "cases");
  const cases = new Map<string, Case>();
  if (!existsSync(dir)) return cases;
  for (const file of (await readdir(dir)).sort()) {
    if (!file.endsWith(".json")) continue;
    const one = parse(file, await readFile(join(dir, file), "utf8"));
    refuseUnknown(file, one);
    cases.set(file, one);
  }
  return cases;
}

function parse(file: string, text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new PlatformError("case", `cases/${file} is no JSON: ${String(error)}`);
  }
}

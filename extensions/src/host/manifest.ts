import type { PlatformError } from "@smp/schemas";
import {
  INTERFACE_VERSIONS,
  type Detail,
  type ExtensionKind,
  type Manifest,
  type Rights,
  type Setting,
} from "../contract/manifest.ts";

export const EXTENSION_NAME: RegExp = /^[a-z][a-z0-9-]{0,30}[a-z0-9]$/;
const SETTING_NAME = /^[a-z][a-z0-9-]{0,40}$/;
export const DETAILS: readonly Detail[] = ["raw", "15m", "1h", "day", "month"];
const RIGHTS = new Set(["read", "emit", "events", "network"]);
/** Rights that make no sense for a kind are refused, so that the list of rights says what can happen. */
const POSSIBLE: Readonly<Record<ExtensionKind, readonly (keyof Rights)[]>> = {
  input: ["network"],
  processor: ["read", "emit", "events", "network"],
  output: ["read", "network"],
};

/** Reads and checks the manifest in a `package.json`; the first fault is thrown as a sentence. */
export function manifestOf(
  description: Readonly<Record<string, unknown>>,
  fault: (what: string) => PlatformError,
): Manifest {
  const given = description["smp"];
  if (typeof given !== "object" || given === null)
    throw fault('has no field "smp" in its package.json: it says name, kind and interface of an extension');
  const { name, kind, interface: version, rights = {}, settings = {} } = given as Partial<Manifest>;
  if (typeof name !== "string" || !EXTENSION_NAME.test(name))
    throw fault(`has the name ${JSON.stringify(name)}, but must have one of a-z, 0-9 and -, 2 to 32 long`);
  if (kind !== "input" && kind !== "processor" && kind !== "output")
    throw fault(`is of kind ${JSON.stringify(kind)}, but must be "input", "processor" or "output"`);
  const known = INTERFACE_VERSIONS[kind];
  if (typeof version !== "number" || !known.includes(version))
    throw fault(
      `is for version ${JSON.stringify(version)} of the interface ${kind}, but this platform runs ${known.join(", ")}`,
    );
  checkRights(kind, rights, fault);
  for (const [key, setting] of Object.entries(settings))
    if (!SETTING_NAME.test(key) || typeof (setting as Setting | undefined)?.description !== "string")
      throw fault(
        `has a setting ${JSON.stringify(key)} without a description, or with a name not of a-z, 0-9 and -`,
      );
  const text = given as { description?: unknown };
  const about = text.description ?? description["description"];
  return {
    name,
    kind,
    version: typeof description["version"] === "string" ? description["version"] : "0.0.0",
    interface: version,
    ...(typeof about === "string" && { description: about.slice(0, 300) }),
    rights,
    settings,
  };
}

function checkRights(kind: ExtensionKind, rights: Rights, fault: (what: string) => PlatformError): void {
  for (const [right, value] of Object.entries(rights)) {
    if (!RIGHTS.has(right)) throw fault(`wants the right "${right}", which does not exist`);
    if (!POSSIBLE[kind].includes(right as keyof Rights))
      throw fault(`is an ${kind}, which cannot have the right "${right}"`);
    if (right === "read" ? !DETAILS.includes(value as Detail) : typeof value !== "boolean")
      throw fault(
        `wants the right "${right}" as ${JSON.stringify(value)}, but must say ${right === "read" ? DETAILS.join(", ") : "true or false"}`,
      );
  }
}

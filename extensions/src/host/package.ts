import { existsSync } from "node:fs";
import { readdir, readFile, readlink, realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { PlatformError } from "@smp/schemas";
import type { Manifest } from "../contract/manifest.ts";
import { manifestOf } from "./manifest.ts";

/** An extension on disk; none of its code has run. */
export interface ExtensionPackage {
  manifest: Manifest;
  /** Its module, as a URL. */
  entry: string;
  folder: string;
  /** What its process may read: its folder, and the packages that it may import. */
  readable: readonly string[];
  /** Comes with the platform. */
  shipped: boolean;
}

/**
 * Finds an extension by a folder (`./acme`, `/opt/acme`) or the name of an npm package that is installed in, or above,
 * the working folder. Nothing is downloaded.
 */
export async function findExtension(name: string, workingFolder: string): Promise<ExtensionPackage> {
  const folder = folderOf(name, workingFolder);
  const file = folder === undefined ? undefined : join(folder, "package.json");
  if (folder === undefined || file === undefined || !existsSync(file))
    throw fault(
      name,
      "is no folder with a package.json, and no package that is installed here: write ./folder, or npm install it",
    );
  let description: Record<string, unknown>;
  try {
    description = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
  } catch (error) {
    throw fault(name, `has a package.json that cannot be read: ${String(error)}`);
  }
  const manifest = manifestOf(description, (what) => fault(name, what));
  const main = entryOf(description);
  const real = await realpath(folder);
  if (!existsSync(join(real, main)))
    throw fault(
      name,
      `names ${main} as its module ("exports" or "main" in package.json), which is not there`,
    );
  const entry = pathToFileURL(join(real, main)).href;
  const readable = [`${real}/`, ...modulesAbove(real)];
  const link = await linkOut(real, readable);
  if (link !== undefined)
    throw fault(
      name,
      `has the link ${link}, which leads out of its folder: its process would read what is there`,
    );
  return { manifest, entry, folder: real, readable, shipped: false };
}

/** A symbolic link to something that the process may not read: Node's permission model sees where a path begins, not where it leads. */
async function linkOut(folder: string, readable: readonly string[]): Promise<string | undefined> {
  for await (const link of linksBelow(folder)) {
    // One that leads nowhere may do so later.
    const target = await realpath(link).catch(async () => resolve(dirname(link), await readlink(link)));
    if (!readable.some((start) => `${target}/`.startsWith(start))) return link;
  }
  return undefined;
}

/** Not by `readdir`'s `recursive`: from Node 26 on it goes where links lead. */
async function* linksBelow(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink()) yield path;
    else if (entry.isDirectory()) yield* linksBelow(path);
  }
}

function folderOf(name: string, workingFolder: string): string | undefined {
  if (isAbsolute(name) || /^\.{1,2}(\/|$)/.test(name)) return resolve(workingFolder, name);
  return ancestors(workingFolder)
    .map((folder) => join(folder, "node_modules", name))
    .find((folder) => existsSync(folder));
}

function entryOf({ exports, main }: Record<string, unknown>): string {
  const root =
    typeof exports === "object" && exports !== null ? (exports as Record<string, unknown>)["."] : exports;
  const conditional =
    typeof root === "object" && root !== null
      ? ((root as Record<string, unknown>)["import"] ?? (root as Record<string, unknown>)["default"])
      : root;
  return [conditional, main].find((path) => typeof path === "string") ?? "index.js";
}

/** The folders in which Node looks for the packages that a module in `folder` imports. */
const modulesAbove = (folder: string): string[] =>
  ancestors(dirname(folder))
    .map((parent) => join(parent, "node_modules"))
    .filter((path) => existsSync(path))
    .map((path) => `${path}/`);

function ancestors(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}

const fault = (name: string, what: string): PlatformError =>
  new PlatformError("config", `The extension ${name} ${what}.`);

import { fileURLToPath } from "node:url";
import type { Manifest } from "../contract/manifest.ts";
import type { ExtensionPackage } from "./package.ts";

/** Compiled, also when this file runs from its source. */
const DIST = new URL("../../dist/", import.meta.url);
/** What shipped extensions may import besides their own folder. */
const READABLE = [DIST, new URL("../../../schemas/", import.meta.url)].map((url) => fileURLToPath(url));

type Entry = Omit<Manifest, "version" | "interface">;

const INPUTS: readonly Entry[] = [];

const PROCESSORS: readonly Entry[] = [];

const OUTPUTS: readonly Entry[] = [];

/** The extensions that come with the platform. They run under the same rules as all others. */
export function shippedExtensions(): ExtensionPackage[] {
  return [...INPUTS, ...PROCESSORS, ...OUTPUTS].map((entry) => {
    const module = new URL(`${entry.kind}s/${entry.name}/index.js`, DIST);
    return {
      manifest: { ...entry, version: "1.0.0", interface: 1 },
      entry: module.href,
      folder: fileURLToPath(new URL(".", module)),
      readable: READABLE,
      shipped: true,
    };
  });
}

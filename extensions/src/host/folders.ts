import { createRequire } from "node:module";
import { dirname, join } from "node:path";

// By the package's name: this file runs from its source, and bundled into the platform's.
const own = dirname(createRequire(import.meta.url).resolve("@smp/extensions/package.json"));

/** This package as compiled, which is what an extension's process runs. */
export const COMPILED: string = join(own, "dist/");
export const SCHEMAS: string = join(own, "../schemas/");
export const NODE_MODULES: string = join(own, "../node_modules/");

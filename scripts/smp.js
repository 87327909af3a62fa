#!/usr/bin/env node
// `npx smp …` from a checkout: builds what is missing, then runs the command line.
import { existsSync } from "node:fs";
import { prepare } from "./lib/prepare.js";

if (!existsSync(new URL("../dist/smp.js", import.meta.url))) prepare();
await import("../dist/smp.js");

// `node scripts/release-contracts.js`: writes what the contracts of this version promise to schemas/released/. Once a version.
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { contractPromises, vectorPromises } from "./lib/promises.js";
import { prepare } from "./lib/prepare.js";

prepare();
const [{ REGISTERS }, { openapiDocument, asyncapiDocument }, { INTERFACE_VERSIONS }] = await Promise.all([
  import("@smp/schemas"),
  import("@smp/schemas/documents"),
  import("@smp/extensions"),
]);
const { version } = openapiDocument.info;
const file = new URL(`../schemas/released/${version}.txt`, import.meta.url);
if (existsSync(file)) {
  console.error(`${version} is released: raise the version of openapi.yaml and asyncapi.yaml first.`);
  process.exit(1);
}
const changes = await readFile(new URL("../schemas/CHANGELOG.md", import.meta.url), "utf8");
if (!changes.includes(`## ${version}`)) {
  console.error(`schemas/CHANGELOG.md says nothing of ${version}.`);
  process.exit(1);
}
const lines = [
  ...contractPromises({
    openapi: openapiDocument,
    asyncapi: asyncapiDocument,
    registers: REGISTERS,
    interfaces: INTERFACE_VERSIONS,
  }),
  ...(await vectorPromises(new URL("../schemas/vectors/", import.meta.url))),
];
await writeFile(file, `${lines.join("\n")}\n`);
console.log(`Wrote ${lines.length} promises to schemas/released/${version}.txt.`);

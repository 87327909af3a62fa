// Generates from the contract files: types for the code and documents for the servers (schemas/src/generated/), pages for
// people (docs/reference/).
// `--check` writes nothing and fails when the committed files are stale.
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";
import { parse } from "yaml";
import { clientTypes } from "./lib/client-types.js";
import { referencePages } from "./lib/reference.js";

const contracts = fileURLToPath(new URL("../schemas/", import.meta.url));
const HEAD = "// Generated from the files in schemas/ by `npm run generate`. Do not edit.\n\n";
const SCHEMAS = ["reading", "reading-message", "normalised-reading", "rejected", "problem", "tariff"];
const COMPONENTS = "#/components/schemas/";
const FILE_REFERENCE = /^(?:\.\/)?([a-z-]+)\.schema\.json$/;

const camel = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
const load = async (name) => JSON.parse(await readFile(`${contracts}${name}.schema.json`, "utf8"));
const schemas = Object.fromEntries(await Promise.all(SCHEMAS.map(async (name) => [name, await load(name)])));

/**
 * Copies a document with every reference to a schema file, or to one of a file's `$defs`, turned into one to `prefix` +
 * the schema's title. `found` collects what was referred to; `defs` are those of the file that `node` is in.
 */
function referTo(prefix, node, found = {}, defs = node?.$defs) {
  if (Array.isArray(node)) return node.map((item) => referTo(prefix, item, found, defs));
  if (node === null || typeof node !== "object") return node;
  const out = {};
  for (const [key, value] of Object.entries(node)) {
    if (key === "$id" || key === "$schema" || key === "$defs") continue;
    const own = key === "$ref" && typeof value === "string" ? /^#\/\$defs\/([a-z-]+)$/.exec(value) : null;
    if (own) {
      const schema = defs[own[1]];
      out[key] = prefix + schema.title;
      addOnce(prefix, schema, found, defs);
      continue;
    }
    const file = key === "$ref" && typeof value === "string" ? FILE_REFERENCE.exec(value) : null;
    if (!file) {
      out[key] =
        key === "$ref" ? value.replace("#/components/schemas/", prefix) : referTo(prefix, value, found, defs);
      continue;
    }
    const schema = schemas[file[1]];
    out[key] = prefix + schema.title;
    addOnce(prefix, schema, found, schema.$defs);
  }
  return prefix === COMPONENTS ? forGenerators(out, node, defs) : out;
}

/**
 * What generators of clients need said: the type of listed values, and which name of a discriminator is which component. The
 * files leave it out: a value says its type, and ajv takes no mapping.
 */
function forGenerators(out, { discriminator, oneOf }, defs) {
  const values = Array.isArray(out.enum) ? out.enum : "const" in out ? [out.const] : [];
  if (out.type === undefined && values.length > 0) {
    const types = [...new Set(values.map(typeOf))];
    out.type = types.length === 1 ? types[0] : types;
  }
  if (!discriminator || !oneOf) return out;
  const mapping = oneOf.map(({ $ref }) => {
    const { title, properties } = defs[$ref.split("/").at(-1)];
    return [properties[discriminator.propertyName].const, COMPONENTS + title];
  });
  out.discriminator = { ...discriminator, mapping: Object.fromEntries(mapping) };
  return out;
}

const typeOf = (value) => (value === null ? "null" : Number.isInteger(value) ? "integer" : typeof value);

function addOnce(prefix, schema, found, defs) {
  if (schema.title in found) return;
  found[schema.title] = {};
  found[schema.title] = referTo(prefix, schema, found, defs);
}

async function typesOf(name, definitions) {
  const text = await compile(
    { title: name, type: "object", additionalProperties: false, definitions },
    name,
    {
      bannerComment: "",
      unreachableDefinitions: true,
      ignoreMinAndMaxItems: true,
      style: { printWidth: 110 },
    },
  );
  // The compiler notes under each type where it came from; the file's head already says so.
  return (
    HEAD +
    text
      .replace(
        / \*\n \* This interface was referenced by `\w+`'s JSON-Schema\n \* via the `definition` "[^"]+"\.\n/g,
        "",
      )
      .replace(
        /\/\*\*\n \* This interface was referenced by `\w+`'s JSON-Schema\n \* via the `definition` "[^"]+"\.\n \*\/\n/g,
        "",
      )
      .replace(new RegExp(`export interface ${name} {}\n`), "")
  );
}

/** A description that stands alone: every schema that it refers to is in its components. */
function standalone(document) {
  const found = {};
  const out = referTo(COMPONENTS, document, found);
  out.components = { ...out.components, schemas: { ...out.components?.schemas, ...found } };
  return out;
}

const asConstant = (name, value) => `export const ${name}: JsonObject = ${JSON.stringify(value, null, 2)};\n`;

async function apiDefinitions(openapi) {
  const found = {};
  const own = referTo("#/definitions/", openapi.components?.schemas ?? {}, found);
  const definitions = { ...own, ...found };
  for (const [name, schema] of Object.entries(definitions)) schema.title ??= name;
  return definitions;
}

/** The example contracts in schemas/tariffs/, in order of file name. */
async function tariffExamples() {
  const files = (await readdir(`${contracts}tariffs`)).sort();
  return Promise.all(
    files.map(async (file) => JSON.parse(await readFile(`${contracts}tariffs/${file}`, "utf8"))),
  );
}

async function generated() {
  const openapi = parse(await readFile(`${contracts}openapi.yaml`, "utf8"));
  const asyncapi = parse(await readFile(`${contracts}asyncapi.yaml`, "utf8"));
  const parts = {};
  const messages = Object.fromEntries(
    Object.values(schemas).map((schema) => [schema.title, referTo("#/definitions/", schema, parts)]),
  );
  const sources = {
    "types.ts": await typesOf("Contracts", { ...parts, ...messages }),
    "api-types.ts": await typesOf("ApiContracts", await apiDefinitions(openapi)),
    "client-types.ts": await clientTypes(HEAD, openapi),
    "schemas.ts":
      `${HEAD}export type JsonObject = { readonly [key: string]: unknown };\n\n` +
      Object.entries(schemas)
        .map(([name, schema]) => asConstant(`${camel(name)}Schema`, schema))
        .join("\n"),
    "tariff-examples.ts": `${HEAD}import type { Tariff } from "./types.ts";\n\nexport const tariffExamples: readonly Tariff[] = ${JSON.stringify(await tariffExamples(), null, 2)};\n`,
    "documents.ts":
      `${HEAD}import type { JsonObject } from "./schemas.ts";\n\n` +
      `${asConstant("openapiDocument", standalone(openapi))}\n${asConstant("asyncapiDocument", standalone(asyncapi))}`,
  };
  return {
    ...within("schemas/src/generated/", sources),
    ...within("docs/reference/", referencePages({ openapi, asyncapi, schemas })),
  };
}

const within = (folder, files) =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [folder + name, text]));

const root = fileURLToPath(new URL("../", import.meta.url));
const stale = [];
for (const [name, text] of Object.entries(await generated())) {
  const present = await readFile(root + name, "utf8").catch(() => "");
  if (present === text) continue;
  stale.push(name);
  if (process.argv.includes("--check")) continue;
  await mkdir(dirname(root + name), { recursive: true });
  await writeFile(root + name, text);
}
if (process.argv.includes("--check") && stale.length > 0) {
  console.error(`Stale: ${stale.join(", ")}: run \`npm run generate\` and commit.`);
  process.exit(1);
}

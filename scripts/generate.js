// Generates schemas/src/generated/ from the contract files: types for the code, documents for the servers.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";
import { parse } from "yaml";

const root = fileURLToPath(new URL("../schemas/", import.meta.url));
const HEAD = "// Generated from the files in schemas/ by `npm run generate`. Do not edit.\n\n";
const SCHEMAS = ["reading", "normalised-reading", "rejected", "problem"];

const load = async (name) => JSON.parse(await readFile(`${root}${name}.schema.json`, "utf8"));
/** The compiler notes under each type where it came from; the file's head already says so. */
const tidy = (text) => text.replace(/ \*\n \* This interface was referenced by `\w+`'s JSON-Schema\n \* via the `definition` "[^"]+"\.\n/g, "");
const camel = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
const style = { bannerComment: "", additionalProperties: true, format: true, style: { printWidth: 110 } };

/** A `$ref` to a file, or to a component, as a local definition: the compiler then writes one named type for each. */
function localise(node) {
  if (Array.isArray(node)) return node.map(localise);
  if (node === null || typeof node !== "object") return node;
  const out = {};
  for (const [key, value] of Object.entries(node)) {
    if (key === "$id" || key === "$schema") continue;
    out[key] =
      key === "$ref" && typeof value === "string"
        ? value
            .replace(/^#\/components\/schemas\//, "#/definitions/")
            .replace(/^\.?\/?problem\.schema\.json$/, "#/definitions/Problem")
            .replace(/^#\/\$defs\//, "#/definitions/")
        : localise(value);
  }
  return out;
}

async function messageTypes() {
  const definitions = {};
  for (const name of SCHEMAS) {
    const schema = await load(name);
    for (const [key, value] of Object.entries(schema.$defs ?? {})) definitions[key] = localise(value);
    const { $defs: _defs, ...rest } = schema;
    definitions[schema.title] = localise(rest);
  }
  return await compile({ title: "Contracts", type: "object", additionalProperties: false, definitions }, "Contracts", {
    ...style,
    unreachableDefinitions: true,
  });
}

async function apiTypes(openapi) {
  const definitions = localise(openapi.components?.schemas ?? {});
  definitions.Problem = localise(await load("problem"));
  for (const [name, schema] of Object.entries(definitions)) schema.title ??= name;
  return await compile({ title: "ApiContracts", type: "object", additionalProperties: false, definitions }, "ApiContracts", {
    ...style,
    unreachableDefinitions: true,
  });
}

/** Replaces references to files by the file's content, so that a served document stands alone. */
async function inline(node, dollarDefs) {
  if (Array.isArray(node)) return await Promise.all(node.map((item) => inline(item, dollarDefs)));
  if (node === null || typeof node !== "object") return node;
  const reference = typeof node.$ref === "string" ? /^(?:\.\/)?([a-z-]+)\.schema\.json(#\/\$defs\/(\w+))?$/.exec(node.$ref) : null;
  if (reference) {
    const schema = await load(reference[1]);
    const title = reference[3] ? (schema.$defs[reference[3]].title ?? reference[3]) : schema.title;
    if (!(title in dollarDefs)) {
      dollarDefs[title] = {};
      const { $schema: _s, $id: _i, $defs: own, ...rest } = reference[3] ? { ...schema.$defs[reference[3]], $defs: schema.$defs } : schema;
      const fixed = JSON.parse(
        JSON.stringify(rest).replace(/#\/\$defs\/(\w+)/g, (_, key) => `#/components/schemas/${own[key].title ?? key}`),
      );
      dollarDefs[title] = fixed;
      for (const [key, value] of Object.entries(own ?? {})) {
        const name = value.title ?? key;
        dollarDefs[name] ??= JSON.parse(
          JSON.stringify(value).replace(/#\/\$defs\/(\w+)/g, (_, other) => `#/components/schemas/${own[other].title ?? other}`),
        );
      }
    }
    return { $ref: `#/components/schemas/${title}` };
  }
  const out = {};
  for (const [key, value] of Object.entries(node)) out[key] = await inline(value, dollarDefs);
  return out;
}

async function standalone(file) {
  const document = parse(await readFile(`${root}${file}`, "utf8"));
  const found = {};
  const inlined = await inline(document, found);
  inlined.components ??= {};
  inlined.components.schemas = { ...inlined.components.schemas, ...found };
  return inlined;
}

const openapi = await standalone("openapi.yaml");
const asyncapi = await standalone("asyncapi.yaml");
await mkdir(`${root}src/generated`, { recursive: true });
await writeFile(`${root}src/generated/types.ts`, HEAD + tidy(await messageTypes()));
await writeFile(`${root}src/generated/api-types.ts`, HEAD + tidy(await apiTypes(parse(await readFile(`${root}openapi.yaml`, "utf8")))));
const schemas = await Promise.all(
  SCHEMAS.map(async (name) => `export const ${camel(name)}Schema: JsonObject = ${JSON.stringify(await load(name), null, 2)};\n`),
);
const JSON_OBJECT = "export type JsonObject = { readonly [key: string]: unknown };\n\n";
await writeFile(`${root}src/generated/schemas.ts`, HEAD + JSON_OBJECT + schemas.join("\n"));
await writeFile(
  `${root}src/generated/documents.ts`,
  `${HEAD}import type { JsonObject } from "./schemas.ts";\n\nexport const openapiDocument: JsonObject = ${JSON.stringify(openapi, null, 2)};\n\nexport const asyncapiDocument: JsonObject = ${JSON.stringify(asyncapi, null, 2)};\n`,
);

// What the published contracts promise, one line each, so that a release can be held against the one before.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { deref, METHODS, referredName } from "./openapi.js";

/** A schema in a few words. @param {any} schema @returns {string} */
function kindOf(schema) {
  if (!schema || typeof schema !== "object") return "anything";
  const name = referredName(schema);
  if (name !== undefined) return name;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === "array") return `list of ${kindOf(schema.items)}`;
  const either = schema.oneOf ?? schema.anyOf;
  if (either) return either.map(kindOf).sort().join(" or ");
  /** @type {string[]} */
  const types = [schema.type ?? (schema.enum ? "string" : "anything")].flat();
  return types.sort((a, b) => a.localeCompare(b)).join(" or ");
}

/** The fields of a type, and of the types written out inside it. @param {string} name @param {any} schema @returns {string[]} */
function fieldsOf(name, schema) {
  if (!schema || typeof schema !== "object" || schema.$ref) return [];
  const lines = (schema.enum ?? []).map(
    (/** @type {unknown} */ value) => `value ${name} ${JSON.stringify(value)}`,
  );
  const required = new Set(schema.required ?? []);
  for (const [field, property] of Object.entries(schema.properties ?? {})) {
    const path = `${name}.${field}`;
    lines.push(`field ${path} ${required.has(field) ? "always" : "maybe"} ${kindOf(property)}`);
    lines.push(...fieldsOf(path, property));
  }
  lines.push(...fieldsOf(`${name}[]`, schema.items));
  for (const part of [...(schema.oneOf ?? []), ...(schema.anyOf ?? []), ...(schema.allOf ?? [])])
    lines.push(...fieldsOf(name, part));
  return lines;
}

/** @param {any} document @returns {string[]} */
function http(document) {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).flatMap((method) => {
      const { operationId, parameters = [], requestBody, responses } = item[method];
      const name = `${method.toUpperCase()} ${path}`;
      const body = deref(document, requestBody);
      return [
        `operation ${name}`,
        ...(operationId === undefined ? [] : [`client ${operationId} is ${name}`]),
        ...[...(item.parameters ?? []), ...parameters].flatMap((reference) => {
          const { name: parameter, in: where, required, schema } = deref(document, reference);
          const at = `${name} ${where} ${parameter}`;
          const values = deref(document, schema)?.enum ?? [];
          return [
            `parameter ${at} ${required ? "required" : "optional"}`,
            ...values.map((/** @type {unknown} */ value) => `value ${at} ${JSON.stringify(value)}`),
          ];
        }),
        ...(body ? [`body ${name} ${body.required ? "required" : "optional"}`] : []),
        ...Object.entries(body?.content ?? {}).map(
          ([type, { schema }]) => `body ${name} ${type} ${kindOf(schema)}`,
        ),
        ...Object.entries(responses)
          .filter(([status]) => status.startsWith("2"))
          .flatMap(([status, reference]) => {
            const { content = {} } = deref(document, reference);
            return [
              `answer ${name} ${status}`,
              ...Object.entries(content).map(
                ([type, { schema }]) => `answer ${name} ${status} ${type} ${kindOf(schema)}`,
              ),
            ];
          }),
      ];
    }),
  );
}

/** @param {any} document @returns {string[]} */
const channels = (document) =>
  Object.values(document.channels).flatMap(({ address, messages }) =>
    Object.values(messages).map((reference) => {
      const { contentType = document.defaultContentType, payload } = deref(document, reference);
      return `channel ${address} ${contentType} ${kindOf(payload?.schema ?? payload)}`;
    }),
  );

/** Golden vectors never change: each by the hash of what it says. @param {URL} folder @returns {Promise<string[]>} */
export async function vectorPromises(folder) {
  const kinds = ["invalid", "valid"].map(async (kind) => {
    const files = (await readdir(new URL(`${kind}/`, folder))).sort();
    return await Promise.all(
      files.map(async (file) => {
        const content = JSON.parse(await readFile(new URL(`${kind}/${file}`, folder), "utf8"));
        const hash = createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 16);
        return `vector ${kind}/${file} ${hash}`;
      }),
    );
  });
  return (await Promise.all(kinds)).flat();
}

/** @type {typeof import("./promises.js").contractPromises} */
export function contractPromises({ openapi, asyncapi, registers, interfaces }) {
  const types = { ...asyncapi.components.schemas, ...openapi.components.schemas };
  return [
    ...http(openapi),
    ...channels(asyncapi),
    ...Object.entries(types).flatMap(([name, schema]) => fieldsOf(name, schema)),
    ...registers.map(({ code, name, unit, kind }) => `register ${code} ${name} ${unit} ${kind}`),
    ...Object.entries(interfaces).flatMap(([kind, versions]) =>
      versions.map((version) => `extension ${kind} ${version}`),
    ),
  ].sort();
}

/** The types that people send: what is in a body or a message to the platform, and what those refer to. @param {any} openapi */
function sentTypes(openapi) {
  const found = new Set(["Reading", "ReadingMessage"]);
  /** @param {unknown} node */
  const visit = (node) => {
    if (node === null || typeof node !== "object") return;
    const name = /^#\/components\/schemas\/(\w+)$/.exec(/** @type {any} */ (node).$ref ?? "")?.[1];
    if (name !== undefined && !found.has(name)) {
      found.add(name);
      visit(openapi.components.schemas[name]);
    }
    Object.values(node).forEach(visit);
  };
  for (const item of Object.values(openapi.paths))
    for (const method of METHODS) visit(deref(openapi, item[method]?.requestBody));
  return found;
}

/** @type {typeof import("./promises.js").brokenPromises} */
export function brokenPromises(released, now, openapi) {
  const kept = new Set(now);
  const known = new Set(released);
  const sent = sentTypes(openapi);
  const gone = released.filter((line) => !kept.has(line)).map((line) => `no longer so: ${line}`);
  // What must be sent may not become more, or who sends what was enough is refused.
  const demanded = now.filter((line) => {
    if (known.has(line)) return false;
    const [kind = "", ...words] = line.split(" ");
    if (kind === "parameter" || kind === "body")
      return words.at(-1) === "required" && known.has(`operation ${words[0]} ${words[1]}`);
    const [type = ""] = (words[0] ?? "").split(/[.[]/);
    const isOld = released.some((old) => old.startsWith(`field ${type}.`));
    return kind === "field" && words[1] === "always" && sent.has(type) && isOld;
  });
  return [...gone, ...demanded.map((line) => `newly demanded: ${line}`)];
}

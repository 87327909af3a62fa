// The typed client's part of schemas/src/generated: one entry for each operation of openapi.yaml that answers with JSON.
import { compile } from "json-schema-to-typescript";
import { deref, METHODS } from "./openapi.js";

const JSON_TYPE = "application/json";
const upper = (name) => name[0].toUpperCase() + name.slice(1);

/** With every reference followed; what parameters need is small and has no cycles. */
function resolve(document, node) {
  const value = deref(document, node);
  if (Array.isArray(value)) return value.map((item) => resolve(document, item));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(document, item)]));
}

const componentOf = (content) =>
  /^#\/components\/schemas\/(\w+)$/.exec(content?.[JSON_TYPE]?.schema?.$ref ?? "")?.[1];

function operationsOf(document) {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]?.operationId !== undefined).flatMap((method) => {
      const operation = item[method];
      const responses = Object.entries(operation.responses).filter(([status]) => status.startsWith("2"));
      const contents = responses.map(([, response]) => deref(document, response).content);
      if (contents.some((content) => content !== undefined && !(JSON_TYPE in content))) return [];
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((parameter) =>
        resolve(document, parameter),
      );
      return [
        {
          name: operation.operationId,
          summary: operation.summary,
          method: method.toUpperCase(),
          path,
          parameters: parameters.filter((parameter) => parameter.in === "path" || parameter.in === "query"),
          body:
            componentOf(operation.requestBody?.content) ?? (operation.requestBody ? "unknown" : undefined),
          answer: contents.every((content) => content === undefined)
            ? "undefined"
            : (contents.map(componentOf).find((name) => name !== undefined) ?? "unknown"),
        },
      ];
    }),
  );
}

/** The JSON format is what the client reads. */
const isAskedFor = ({ name }) => name !== "format";

async function parametersType({ name, parameters }) {
  const asked = parameters.filter(isAskedFor);
  const schema = {
    title: `${upper(name)}Parameters`,
    type: "object",
    additionalProperties: false,
    required: asked.filter((parameter) => parameter.required).map((parameter) => parameter.name),
    properties: Object.fromEntries(
      asked.map((parameter) => {
        const { title: _title, ...own } = parameter.schema;
        return [parameter.name, { ...own, description: parameter.description }];
      }),
    ),
  };
  return await compile(schema, schema.title, { bannerComment: "", style: { printWidth: 110 }, maxItems: -1 });
}

/** The text of client-types.ts. */
export async function clientTypes(head, document) {
  const operations = operationsOf(document);
  const named = operations.flatMap(({ body, answer }) => [body, answer]);
  const names = [...new Set(named)]
    .filter((name) => name && !["unknown", "undefined"].includes(name))
    .sort((a, b) => (a < b ? -1 : 1));
  const types = [];
  for (const operation of operations) types.push(await parametersType(operation));
  const entries = operations.map(
    ({ name, summary, body = "undefined", answer }) =>
      `  /** ${summary}. */\n  ${name}: { parameters: ${upper(name)}Parameters; body: ${body}; answer: ${answer} };`,
  );
  const table = operations.map(({ name, method, path, parameters, body, answer }) => {
    const query = parameters.filter((parameter) => parameter.in === "query" && isAskedFor(parameter));
    const facts = { method, path, query: query.map((parameter) => parameter.name), body: body !== undefined };
    return `  ${name}: ${JSON.stringify({ ...facts, answer: answer !== "undefined" })},`;
  });
  return `${head}import type {\n${names.map((name) => `  ${name},\n`).join("")}} from "./api-types.ts";

${types.join("\n")}
/** Every operation that answers with JSON, by its operationId. */
export interface Operations {
${entries.join("\n")}
}

export interface OperationFacts {
  method: string;
  path: string;
  query: readonly string[];
  body: boolean;
  answer: boolean;
}

export const OPERATIONS: { readonly [Name in keyof Operations]: OperationFacts } = {
${table.join("\n")}
};
`;
}

// The reference pages in docs/reference/, written from the contracts so that they cannot say anything else.
import { deref, METHODS, referredName } from "./openapi.js";

const HEAD = "<!-- Generated from the files in schemas/ by `npm run generate`. Do not edit. -->\n\n";
const oneLine = (text) =>
  (text ?? "")
    .trim()
    .replaceAll(/\s*\n\s*/g, " ")
    .replaceAll("|", "\\|");
const code = (text) => `\`${text}\``;

/** A schema in a few words: its name, its kind, or the values that it may have. */
function kindOf(schema) {
  if (!schema) return "";
  if (schema.$ref) return referredName(schema);
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum) return schema.enum.map((value) => code(value)).join(" ");
  if (schema.type === "array") return `list of ${kindOf(schema.items) || "anything"}`;
  if (schema.oneOf) return schema.oneOf.map(kindOf).join(" or ");
  return [schema.type ?? "anything"].flat().join(" or ");
}

const table = (head, rows) =>
  rows.length === 0
    ? ""
    : [
        `| ${head.join(" | ")} |`,
        `| ${head.map(() => "---").join(" | ")} |`,
        ...rows.map((row) => `| ${row.join(" | ")} |`),
      ].join("\n");

/** Answers that at least this many operations give, in the same words, are told once for all. */
const COMMON_MIN = 9;

/** Them, by status and reference. */
function commonAnswers(document) {
  const count = new Map();
  for (const item of Object.values(document.paths))
    for (const method of METHODS)
      for (const [status, { $ref }] of Object.entries(item[method]?.responses ?? {}))
        if ($ref && !status.startsWith("2")) {
          const { times = 0 } = count.get(status + $ref) ?? {};
          count.set(status + $ref, { status, $ref, times: times + 1 });
        }
  return new Map([...count].filter(([, { times }]) => times >= COMMON_MIN));
}

const headingOf = ({ method, path }) => `${method.toUpperCase()} ${path}`;
/** A heading's address on its page, as GitHub makes it. */
const anchorOf = (heading) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");

function operation(document, path, item, method, common) {
  const {
    operationId,
    summary,
    description,
    parameters = [],
    requestBody,
    responses,
    security,
  } = item[method];
  const all = [...(item.parameters ?? []), ...parameters].map((parameter) => deref(document, parameter));
  const rows = all.map((parameter) => [
    code(parameter.name),
    parameter.in,
    kindOf(parameter.schema),
    `${parameter.required ? "**required** " : ""}${oneLine(parameter.description)}`,
  ]);
  const isCommon = ([status, { $ref }]) => common.has(status + $ref);
  const also = Object.entries(responses)
    .filter((answer) => isCommon(answer) && answer[0] !== "default")
    .map(([status]) => status);
  const own = Object.entries(responses).filter((answer) => !isCommon(answer));
  const answers = own.map(([status, reference]) => {
    const response = deref(document, reference);
    const contents = Object.entries(response.content ?? {}).map(([type, { schema }]) =>
      `${code(type)} ${type.includes("json") || type.includes("event") ? kindOf(schema) : ""}`.trim(),
    );
    return [status, contents.join("<br>"), oneLine(response.description)];
  });
  const body = deref(document, requestBody);
  const bodies = Object.entries(body?.content ?? {}).map(
    ([type, { schema }]) => `${code(type)} ${kindOf(schema)}`,
  );
  return [
    `### ${headingOf({ method, path })}`,
    `${code(operationId)}: ${oneLine(summary)}.${description ? ` ${oneLine(description)}` : ""}${security?.length === 0 ? " Public." : ""}`,
    table(["parameter", "in", "is", "means"], rows),
    bodies.length > 0 ? `Body: ${bodies.join(", or ")}.` : "",
    table(["status", "content", "means"], answers),
    also.length > 0 ? `Also ${also.join(", ")}.` : "",
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function http(document) {
  const common = commonAnswers(document);
  const commonRows = [...common.values()]
    .toSorted((a, b) => a.status.localeCompare(b.status))
    .map(({ status, $ref }) => [status, oneLine(deref(document, { $ref }).description)]);
  const groups = document.tags
    .map(({ name, description }) => ({
      name,
      description,
      operations: Object.entries(document.paths).flatMap(([path, item]) =>
        METHODS.filter((method) => item[method]?.tags?.includes(name)).map((method) => ({
          path,
          item,
          method,
        })),
      ),
    }))
    .filter(({ operations }) => operations.length > 0);
  const index = groups.map(({ name, operations }) => {
    const links = operations.map((each) => headingOf(each)).map((text) => `[${text}](#${anchorOf(text)})`);
    return `- **${name}**: ${links.join(" · ")}`;
  });
  const sections = groups.map(({ name, description, operations }) =>
    [
      `## ${name}`,
      description,
      ...operations.map(({ path, item, method }) => operation(document, path, item, method, common)),
    ].join("\n\n"),
  );
  const values = Object.entries(document.components.schemas)
    .filter(([, { properties, description }]) => !properties && description)
    .map(([name, schema]) => [name, kindOf(schema), oneLine(schema.description)]);
  const types = Object.entries(document.components.schemas)
    .filter(([, schema]) => schema.properties)
    .map(([name, schema]) => {
      const required = new Set(schema.required ?? []);
      const rows = Object.entries(schema.properties).map(([field, property]) => [
        code(field) + (required.has(field) ? "" : " (may be absent)"),
        kindOf(property),
        oneLine(property.description),
      ]);
      return [`### ${name}`, oneLine(schema.description), table(["field", "is", "means"], rows)]
        .filter(Boolean)
        .join("\n\n");
    });
  return `${[
    `${HEAD}# HTTP API`,
    index.join("\n"),
    document.info.description.trim(),
    "## Answers of many addresses",
    "Each address names these by their numbers only; those from 400 on are a Problem.",
    table(["status", "means"], commonRows),
    ...sections,
    "## Types",
    "### Values",
    table(["type", "is", "means"], values),
    ...types,
  ].join("\n\n")}\n`;
}

function messages(document) {
  const channels = Object.values(document.channels).map((channel) => {
    const rows = Object.values(channel.messages).map((reference) => {
      const message = deref(document, reference);
      return [
        message.contentType ?? "",
        kindOf(message.payload.schema ?? message.payload) || "",
        oneLine(message.title),
      ];
    });
    return [
      `## \`${channel.address}\``,
      `${oneLine(channel.title)}. ${oneLine(channel.description)}`,
      table(["content type", "payload", "is"], rows),
    ].join("\n\n");
  });
  return `${HEAD}# Messages\n\n${document.info.description.trim()}\n\n${channels.join("\n\n")}\n`;
}

/** A schema file as a table of its fields. */
function schemaTable(schema) {
  const required = new Set(schema.required ?? []);
  const rows = Object.entries(schema.properties ?? {}).map(([field, property]) => [
    code(field) + (required.has(field) ? "" : " (may be absent)"),
    kindOf(property),
    oneLine(property.description),
  ]);
  return [`## ${schema.title}`, oneLine(schema.description), table(["field", "is", "means"], rows)]
    .filter(Boolean)
    .join("\n\n");
}

/** The pages by their file names. */
export function referencePages({ openapi, asyncapi, schemas }) {
  return {
    "http.md": http(openapi),
    "messages.md": messages(asyncapi),
    "schemas.md": `${HEAD}# Message schemas\n\nThe JSON Schemas in [schemas/](../../schemas/), as tables. One schema serves JSON and CBOR.\n\n${Object.values(schemas).map(schemaTable).join("\n\n")}\n`,
  };
}

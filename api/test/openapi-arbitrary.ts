import * as fc from "fast-check";
import { at } from "./openapi.ts";

/** What openapi.yaml allows, as generators; and what it does not. */

interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  oneOf?: Schema[];
  anyOf?: Schema[];
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  required?: string[];
  properties?: Record<string, Schema>;
}
interface Parameter {
  $ref?: string;
  name: string;
  in: "path" | "query" | "header";
  required?: boolean;
  schema: Schema;
  example?: unknown;
}
interface Operation {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema; example?: unknown }> };
}

const resolved = <T extends { $ref?: string }>(node: T): T =>
  node.$ref === undefined ? node : resolved(at(node.$ref) as T);

const DEPTH_MAX = 5;
const ITEMS_MAX = 3;

/** Values that a schema allows; patterns by themselves, without lookahead, as the contract's are. */
export function valuesOf(given: Schema, depth = 0): fc.Arbitrary<unknown> {
  const schema = resolved(given);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return fc.oneof(...choices.map((choice) => valuesOf(choice, depth + 1)));
  const types = [schema.type ?? (schema.properties ? "object" : "string")].flat();
  return fc.oneof(...types.map((type) => valuesOfType(schema, type, depth)));
}

function valuesOfType(schema: Schema, type: string, depth: number): fc.Arbitrary<unknown> {
  const { minimum: min = 0, maximum: max = 1_000_000, minLength = 0, maxLength = 30 } = schema;
  switch (type) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({ min, max });
    case "number":
      return fc.double({ min, max, noNaN: true });
    case "array":
      return fc.array(schema.items ? valuesOf(schema.items, depth + 1) : fc.constant(1), {
        minLength: Math.min(schema.minItems ?? 0, ITEMS_MAX),
        maxLength: depth > DEPTH_MAX ? (schema.minItems ?? 0) : ITEMS_MAX,
      });
    case "object":
      return fc.record(
        Object.fromEntries(
          Object.entries(schema.properties ?? {}).map(([name, property]) => [
            name,
            valuesOf(property, depth + 1),
          ]),
        ),
        { requiredKeys: (schema.required ?? []).filter((name) => name in (schema.properties ?? {})) },
      );
    default:
      if (schema.format === "date") return fc.constantFrom("2026-03-29", "2026-10-25");
      return schema.pattern === undefined
        ? fc.string({ minLength, maxLength: Math.min(maxLength, 100) })
        : fc.stringMatching(new RegExp(schema.pattern), { size: "small" });
  }
}

const instants = fc.oneof(
  fc.constantFrom("2026-03-29", "2026-10-25", "2026-02-30", "2000-01-01", "2099-12-31", "0", "-1", "now"),
  fc.integer({ min: Date.UTC(2026, 2, 20), max: Date.UTC(2026, 2, 30) }).map(String),
  fc
    .integer({ min: Date.UTC(2026, 2, 20), max: Date.UTC(2026, 2, 30) })
    .map((ms) => new Date(ms).toISOString().replace("Z", "+00:00")),
);
const zones = fc.constantFrom(
  "Europe/Vienna",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "UTC",
  "GMT+5",
  "Mars/Base",
);
const junk = fc.oneof(
  fc.string({ maxLength: 40, unit: "binary" }),
  fc.constantFrom(
    "",
    "__proto__",
    "null",
    "NaN",
    "-1",
    "1e309",
    "'; DROP TABLE readings; --",
    "../..",
    "%00",
    "\u0000",
  ),
  fc.string({ minLength: 300, maxLength: 400 }),
);

export interface FuzzRequest {
  path: string;
  query: [string, string][];
  headers: Record<string, string>;
  body?: string;
}

/** Requests of one operation, most of them as the contract wants them. `ids`: what stands for a path's ids. */
export function requestsOf(
  template: string,
  method: string,
  ids: readonly string[],
): fc.Arbitrary<FuzzRequest> {
  const item = at(`#/paths/${template.replaceAll("~", "~0").replaceAll("/", "~1")}`) as Record<
    string,
    Operation
  > &
    Operation;
  const operation = item[method]!;
  const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map(resolved);
  const valueOf = ({ name, schema, example }: Parameter): fc.Arbitrary<string> => {
    const valid = ["from", "to", "updated_since"].includes(name)
      ? instants
      : name === "tz"
        ? zones
        : fc.oneof(fc.constant(example ?? "x"), valuesOf(schema)).map((value) => String(value));
    return fc.oneof({ weight: 9, arbitrary: valid }, { weight: 1, arbitrary: junk });
  };
  const path = parameters
    .filter((parameter) => parameter.in === "path")
    .map((parameter) =>
      fc
        .oneof(
          { weight: 6, arbitrary: fc.constantFrom(...ids) },
          { weight: 3, arbitrary: valueOf(parameter) },
        )
        .map((value): [string, string] => [parameter.name, value]),
    );
  const query = parameters
    .filter((parameter) => parameter.in === "query")
    .map((parameter) =>
      fc
        .option(valueOf(parameter), { freq: parameter.required ? 20 : 2 })
        .map((value) => ({ name: parameter.name, value })),
    );
  const unknown = fc
    .option(fc.tuple(junk, junk), { freq: 1, nil: null })
    .chain((pair) => fc.integer({ min: 0, max: 15 }).map((dice) => (dice === 0 ? pair : null)));
  return fc
    .tuple(fc.tuple(...path), fc.tuple(...query), unknown, bodiesOf(operation))
    .map(([places, asked, extra, body]) => ({
      path: places.reduce(
        (all, [name, value]) =>
          all.replace(
            `{${name}}`,
            encodeURIComponent(Buffer.from(value).toString() || "-").replaceAll(".", "%2E"),
          ),
        template,
      ),
      query: [
        ...asked.flatMap(({ name, value }): [string, string][] => (value === null ? [] : [[name, value]])),
        ...(extra ? [extra] : []),
      ],
      headers: {},
      ...(body === undefined ? {} : { body }),
    }));
}

function bodiesOf({ requestBody }: Operation): fc.Arbitrary<string | undefined> {
  const content = requestBody?.content["application/json"];
  if (!content) return fc.constant(undefined);
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(JSON.stringify(content.example ?? {})) },
    { weight: 5, arbitrary: valuesOf(content.schema).map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: junk },
  );
}

import { REGISTERS } from "@smp/schemas";
import type { ProblemKind, RegisterList } from "@smp/schemas/api";
import {
  asyncapiDocument,
  normalisedReadingSchema,
  openapiDocument,
  problemSchema,
  readingMessageSchema,
  readingSchema,
  rejectedSchema,
  tariffSchema,
  type JsonObject,
} from "@smp/schemas/documents";
import { json, jsonText } from "../answer/answer.ts";
import { openApi, openMessages, openSchema } from "../open-answers.ts";
import { readParameters } from "../request/parameters.ts";
import { HttpProblem, PROBLEM_KINDS, quoted } from "../answer/problem.ts";
import type { App } from "../ports.ts";

const SCHEMAS: ReadonlyMap<string, JsonObject> = new Map([
  ["reading.schema.json", readingSchema],
  ["reading-message.schema.json", readingMessageSchema],
  ["normalised-reading.schema.json", openSchema(normalisedReadingSchema)],
  ["rejected.schema.json", openSchema(rejectedSchema)],
  ["problem.schema.json", openSchema(problemSchema)],
  ["tariff.schema.json", tariffSchema],
]);
const CACHE = "public, max-age=300";

/** What the values mean, and the contracts themselves. */
export function addReference(app: App): void {
  const documents: [string, () => object][] = [
    ["/openapi.json", () => openApi(openapiDocument)],
    ["/asyncapi.json", () => openMessages(asyncapiDocument)],
    ["/v1/registers", () => ({ registers: registers() }) satisfies RegisterList],
  ];
  for (const [path, make] of documents) {
    let text: string | undefined;
    app.get(path, (c) => {
      readParameters(c, []);
      c.header("cache-control", CACHE);
      text ??= JSON.stringify(make());
      return jsonText(c, text);
    });
  }

  app.get("/schemas/:name", (c) => {
    readParameters(c, []);
    const name = c.req.param("name");
    const schema = SCHEMAS.get(name);
    if (!schema)
      throw new HttpProblem(
        "not-found",
        `There is no schema ${quoted(name)}; there are ${[...SCHEMAS.keys()].join(", ")}.`,
      );
    return c.body(JSON.stringify(schema), 200, {
      "content-type": "application/schema+json",
      "cache-control": CACHE,
    });
  });

  app.get("/problems/:kind", (c) => {
    readParameters(c, []);
    const name = c.req.param("kind");
    const kind = Object.entries(PROBLEM_KINDS).find(([key]) => key === name)?.[1];
    if (!kind) throw new HttpProblem("not-found", `There is no kind of problem ${quoted(name)}.`);
    c.header("cache-control", CACHE);
    return json(c, { type: `/problems/${name}`, ...kind } satisfies ProblemKind);
  });
}

const registers = (): RegisterList["registers"] =>
  REGISTERS.map(({ code, unit, kind, name, label }) => ({ code, unit, kind, name, label }));

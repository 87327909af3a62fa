import { openapiDocument } from "@smp/schemas/documents";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { expect } from "vitest";
import { eventsOf } from "./sse.ts";

/** The contract as an oracle: every answer that a test gets through `ask` is checked against openapi.yaml. */

type Json = { [key: string]: unknown };
const ajv = new Ajv2020({ strict: false, allErrors: true });
(addFormats as unknown as (target: Ajv2020) => void)(ajv);
ajv.addSchema(openapiDocument as Json, "openapi");

const pointer = (...parts: string[]): string =>
  `#${parts.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")}`;
export function at(ref: string): unknown {
  const parts = ref
    .slice(2)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  return parts.reduce<unknown>((node, part) => (node as Json)[part], openapiDocument);
}

/** What is wrong with a value, by the schema at a pointer into the document; empty when nothing. */
export function faultsOf(schemaRef: string, value: unknown): string[] {
  const validate = ajv.getSchema(`openapi${schemaRef}`) ?? ajv.compile({ $ref: `openapi${schemaRef}` });
  if (validate(value) === true) return [];
  return (validate.errors ?? []).map(
    (error) => `${error.instancePath} ${error.message ?? ""} ${JSON.stringify(error.params)}`,
  );
}
/** Pointer to a component's schema. */
export const component = (name: string): string => pointer("components", "schemas", name);

export const paths: string[] = Object.keys(openapiDocument["paths"] as Json);
/** Every operation, as path and method in lower case. */
export const operations: { path: string; method: string }[] = paths.flatMap((path) =>
  Object.keys((openapiDocument["paths"] as Json)[path] as Json)
    .filter((key) => key !== "parameters")
    .map((method) => ({ path, method })),
);
const templates = paths.map((path) => ({
  path,
  pattern: new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{[^}]+\}/g, "[^/]+")}$`),
}));
/** Fewest parameters first: `/v1/meters/{id}` must not take `/v1/meters/{id}/live`, nor `/docs/{file}` the page. */
const templateOf = (path: string): string | undefined =>
  templates.find(({ pattern }) => pattern.test(path))?.path;

/** Statuses that any address may answer with, as a problem. */
const EVERYWHERE = [405, 413, 500];

function responseRef(path: string, method: string, status: number): string {
  const ref = pointer("paths", path, method, "responses", String(status));
  const found = at(ref) as Json | undefined;
  expect(found, `openapi.yaml knows no status ${status} of ${method} ${path}`).toBeDefined();
  return typeof found!["$ref"] === "string" ? found!["$ref"] : ref;
}

/** An application, or a server of it: what is asked by an address without its host. */
export interface Asked {
  request: (address: string, init?: RequestInit) => Response | Promise<Response>;
}

/** Calls the application and checks the answer against the contract; the body stays readable. */
export async function ask(app: Asked, address: string, init?: RequestInit): Promise<Response> {
  const response = await app.request(address, init);
  const url = new URL(address, "http://localhost");
  // A clone of an endless stream would have to be read to its end.
  const live = response.headers.get("content-type") === "text/event-stream";
  const method = (init?.method ?? "GET").toLowerCase();
  await checkAnswer(url.pathname, method === "head" ? "get" : method, live ? response : response.clone());
  return response;
}

/** As `ask`, and the body parsed. */
export async function askJson<T>(app: Asked, address: string, init?: RequestInit): Promise<T> {
  return (await (await ask(app, address, init)).json()) as T;
}

async function checkAnswer(path: string, method: string, response: Response): Promise<void> {
  const { status } = response;
  if (status === 204 || status === 304) return;
  const type = (response.headers.get("content-type") ?? "").split(";")[0]!;
  const template = templateOf(path);
  if (template === undefined || EVERYWHERE.includes(status)) {
    if (status < 400) return;
    expect(type).toBe("application/problem+json");
    expect(faultsOf(component("Problem"), await response.json()), `${path} ${status}`).toEqual([]);
    return;
  }
  const ref = responseRef(template, method, status);
  const content = (at(ref) as { content: Json }).content;
  expect(Object.keys(content), `${path} ${status}`).toContain(type);
  if (type === "text/event-stream") return;
  const body = /[/+]json$/.test(type) ? await response.json() : await response.text();
  expect(faultsOf(`${ref}/content/${type.replaceAll("/", "~1")}/schema`, body), `${path} ${status}`).toEqual(
    [],
  );
}

/** Checks the events of a live stream, parsed, against the contract. */
export const streamFaults = (text: string): string[] =>
  faultsOf(
    pointer("components", "responses", "Live", "content", "text/event-stream", "schema"),
    eventsOf(text),
  );

/** Every example in the document with the pointer of its schema. */
export function examples(): { where: string; schema: string; value: unknown }[] {
  const found: { where: string; schema: string; value: unknown }[] = [];
  const walk = (node: unknown, ref: string): void => {
    if (typeof node !== "object" || node === null) return;
    if (!Array.isArray(node) && "example" in node && "schema" in node)
      found.push({ where: ref, schema: `${ref}/schema`, value: (node as Json)["example"] });
    for (const [key, value] of Object.entries(node))
      if (key !== "example") walk(value, `${ref}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`);
  };
  walk(openapiDocument, "#");
  return found;
}

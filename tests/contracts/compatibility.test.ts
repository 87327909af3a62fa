import { readdirSync, readFileSync } from "node:fs";
import { INTERFACE_VERSIONS } from "@smp/extensions";
import { REGISTERS } from "@smp/schemas";
import { asyncapiDocument, openapiDocument } from "@smp/schemas/documents";
import { describe, expect, test } from "vitest";
import { brokenPromises, contractPromises, vectorPromises } from "../../scripts/lib/promises.js";

// docs/reference/compatibility.md: within a major version nothing is taken away, and nothing more is demanded.
type Json = Record<string, unknown>;
const folder = new URL("../../schemas/released/", import.meta.url);
const releases = readdirSync(folder).map((file) => file.replace(".txt", ""));
const linesOf = (version: string): string[] =>
  readFileSync(new URL(`${version}.txt`, folder), "utf8")
    .trim()
    .split("\n");
const versionOf = (document: unknown): string => (document as { info: { version: string } }).info.version;
const major = (version: string): string => version.split(".", 1)[0] ?? "";
const current = versionOf(openapiDocument);

/** The contracts of today; `change` makes those of a careless tomorrow. */
function promises(change: (openapi: Json, asyncapi: Json) => void = () => {}): [string[], Json] {
  const openapi = structuredClone(openapiDocument) as Json;
  const asyncapi = structuredClone(asyncapiDocument) as Json;
  change(openapi, asyncapi);
  const lines = contractPromises({ openapi, asyncapi, registers: REGISTERS, interfaces: INTERFACE_VERSIONS });
  return [lines, openapi];
}

test.each(releases.filter((version) => major(version) === major(current)))(
  "what %s promised holds today, and no more is demanded",
  async (version) => {
    const [lines, openapi] = promises();
    const vectors = await vectorPromises(new URL("../../schemas/vectors/", import.meta.url));
    expect(brokenPromises(linesOf(version), [...lines, ...vectors], openapi)).toEqual([]);
  },
);

test("the documents have one version, and the list of changes begins with it", () => {
  expect(versionOf(asyncapiDocument)).toBe(current);
  const changes = readFileSync("schemas/CHANGELOG.md", "utf8");
  const told = [...changes.matchAll(/^## (\d+\.\d+\.\d+)$/gm)].map((match) => match[1] ?? "");
  expect(told[0]).toBe(current);
  expect(told).toEqual(expect.arrayContaining(releases));
});

describe("a change that would break somebody is found:", () => {
  const at = (node: unknown, ...path: string[]): Json =>
    path.reduce<unknown>((value, key) => (value as Json)[key], node) as Json;
  const schema = (openapi: Json, name: string): Json => at(openapi, "components", "schemas", name);

  test.each<[string, (openapi: Json, asyncapi: Json) => void, RegExp]>([
    [
      "an operation taken away",
      (api) => delete at(api, "paths")["/v1/meters"],
      /no longer so: operation GET \/v1\/meters/,
    ],
    [
      "a field taken away",
      (api) => delete at(schema(api, "Meter"), "properties")["name"],
      /no longer so: field Meter\.name/,
    ],
    [
      "a field of another type",
      (api) => (at(schema(api, "Meter"), "properties")["name"] = { type: "integer" }),
      /no longer so: field Meter\.name/,
    ],
    [
      "a field that may be absent from now on",
      (api) => (schema(api, "Meter")["required"] = []),
      /no longer so: field Meter\.name always/,
    ],
    [
      "a new field that must be sent",
      (api) => {
        const group = schema(api, "GroupBody");
        at(group, "properties")["colour"] = { type: "string" };
        (group["required"] as string[]).push("colour");
      },
      /newly demanded: field GroupBody\.colour/,
    ],
    [
      "a new parameter that must be given",
      (api) =>
        (at(api, "paths", "/v1/meters/{id}/energy", "get")["parameters"] as unknown[]).push({
          name: "colour",
          in: "query",
          required: true,
          schema: {},
        }),
      /newly demanded: parameter GET \/v1\/meters\/\{id\}\/energy query colour required/,
    ],
    [
      "a topic renamed",
      (_, messages) => (at(messages, "channels", "live")["address"] = "live/{meter}"),
      /channel live\/v1\/\{meter\}/,
    ],
  ])("%s", (_what, change, fault) => {
    const [released] = promises();
    const [lines, openapi] = promises(change);
    expect(brokenPromises(released, lines, openapi).join("\n")).toMatch(fault);
  });

  test("a golden vector that says something else", async () => {
    const released = await vectorPromises(new URL("../../schemas/vectors/", import.meta.url));
    const now = released.map((line) => line.replace(/ \w+$/, " 0"));
    expect(brokenPromises(released, now, openapiDocument as Json)).toHaveLength(released.length);
  });

  test("and what is only added is none", () => {
    const [released] = promises();
    const [lines, openapi] = promises((api) => {
      at(schema(api, "Meter"), "properties")["colour"] = { type: "string" };
      (schema(api, "Meter")["required"] as string[]).push("colour");
      at(api, "paths")["/v1/colours"] = { get: { parameters: [], responses: {} } };
    });
    expect(brokenPromises(released, lines, openapi)).toEqual([]);
  });
});

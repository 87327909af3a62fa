import { openapiDocument } from "@smp/schemas/documents";
import { describe, expect, test } from "vitest";
import { ask, askJson, at, examples, faultsOf, operations } from "./openapi.ts";
import { fixture, METER, MIDNIGHT, NOW, readings } from "./fixture.ts";

const served = (): string[] => {
  const routes = fixture().app.routes.filter(({ method, path }) => method !== "ALL" || !path.includes("*"));
  return [
    ...new Set(routes.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`)),
  ].sort();
};

test("every path of openapi.yaml is served, and no served path is missing in it", () => {
  const described = operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`);
  expect(served().filter((route) => !route.startsWith("ALL "))).toEqual(described.sort());
});

test("every operation has an id of its own, a tag, and an answer for bad parameters", () => {
  const tags = new Set((openapiDocument["tags"] as { name: string }[]).map(({ name }) => name));
  const ids = operations.map(({ path, method }) => {
    const operation = at(`#/paths/${path.replaceAll("/", "~1")}/${method}`) as {
      operationId: string;
      tags: string[];
      responses: object;
    };
    expect(
      operation.tags.every((tag) => tags.has(tag)),
      path,
    ).toBe(true);
    expect(operation.responses, path).toHaveProperty("400");
    return operation.operationId;
  });
  expect(new Set(ids).size).toBe(operations.length);
});

describe("examples", () => {
  const all = examples();
  test("there are examples of parameters and of answers", () => expect(all.length).toBeGreaterThan(25));
  test.each(all)("the example at $where is valid", ({ schema, value }) =>
    expect(faultsOf(schema, value)).toEqual([]),
  );
});

test("the oracle finds a wrong answer", () => {
  expect(faultsOf("#/components/schemas/Meter", { id: "A/B" })).not.toEqual([]);
  expect(faultsOf("#/components/schemas/Time", "2026-03-29T12:00:00Z")).not.toEqual([]);
});

describe("each operation answers as described", () => {
  const ranges = "from=2026-03-29&to=2026-03-30";
  test.each([
    "/v1/meters",
    `/v1/meters/${METER}`,
    `/v1/meters/${METER}/latest`,
    `/v1/meters/${METER}/energy?${ranges}&resolution=15m`,
    `/v1/meters/${METER}/energy?${ranges}&resolution=day&format=csv`,
    `/v1/meters/${METER}/power?${ranges}`,
    `/v1/meters/${METER}/readings?${ranges}`,
    `/v1/meters/${METER}/gaps?${ranges}`,
    "/v1/session",
    "/v1/tokens",
    "/v1/registers",
    "/v1/rejected?limit=10",
    "/openapi.json",
    "/asyncapi.json",
    "/schemas/reading.schema.json",
    "/problems/unknown-meter",
    "/docs",
    "/docs/swagger-ui.css",
    "/docs/swagger-ui-bundle.js",
    "/docs/start.js",
    "/docs/favicon-32x32.png",
    "/healthz",
    "/readyz",
    "/metrics",
  ])("GET %s, and HEAD gives the same head", async (address) => {
    const { app, store } = fixture();
    await store.append(readings(MIDNIGHT, NOW));
    const answer = await ask(app, address);
    expect(answer.status).toBe(200);
    const head = await app.request(address, { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(head.headers.get("content-type")).toBe(answer.headers.get("content-type"));
    expect(await head.text()).toBe("");
  });

  test("every problem kind that a problem names can be read", async () => {
    const { app } = fixture();
    const { type } = await askJson<{ type: string }>(app, "/v1/meters/none");
    expect(await askJson(app, type)).toMatchObject({ type, status: 404 });
  });
});

test("the served contracts let what the platform sends gain fields, and nothing that it takes", async () => {
  const { app } = fixture();
  const isClosed = async (address: string, ...way: string[]): Promise<boolean> => {
    const document = await askJson<Record<string, unknown>>(app, address);
    const node = way.reduce<unknown>((from, key) => (from as Record<string, unknown>)[key], document);
    return (node as { additionalProperties?: unknown }).additionalProperties === false;
  };
  const schema = ["components", "schemas"];
  expect(await isClosed("/openapi.json", ...schema, "Meter")).toBe(false);
  expect(await isClosed("/openapi.json", ...schema, "NewToken")).toBe(true);
  expect(await isClosed("/openapi.json", ...schema, "PriceUpload", "properties", "prices", "items")).toBe(
    true,
  );
  expect(await isClosed("/asyncapi.json", ...schema, "NormalisedReading")).toBe(false);
  expect(await isClosed("/asyncapi.json", ...schema, "Reading")).toBe(true);
  expect(await isClosed("/schemas/normalised-reading.schema.json")).toBe(false);
  expect(await isClosed("/schemas/reading.schema.json")).toBe(true);
});

test("the served documents refer to nothing outside themselves", async () => {
  const { app } = fixture();
  for (const address of ["/openapi.json", "/asyncapi.json"]) {
    const text = await (await ask(app, address)).text();
    const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1]!);
    expect(references.length).toBeGreaterThan(3);
    expect(references.filter((reference) => !reference.startsWith("#/"))).toEqual([]);
  }
});

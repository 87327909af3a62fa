import { PlatformError, type IncomingMessage, type IngestResult } from "@smp/schemas";
import type { ExtensionList } from "@smp/schemas/api";
import { describe, expect, test } from "vitest";
import { makeToken, tokenDocument } from "../../src/access/token.ts";
import type { ApiPorts, ExtensionsPort, ExtensionStatus } from "../../src/ports.ts";
import { anonymousFixture, fixture, METER, MIDNIGHT, NOW, readings, type Fixture } from "../fixture.ts";
import { ask, askJson } from "../openapi.ts";

const status = (
  name: string,
  kind: "input" | "output" | "processor",
  more: Partial<ExtensionStatus> = {},
): ExtensionStatus => ({
  manifest: { name, kind, version: "1.0.0", interface: 1 },
  shipped: true,
  meters: null,
  state: "idle",
  calls: 0,
  failures: 0,
  cuts: 0,
  ...more,
});

/** Extensions of which the test plays one output. */
const hosted = (answer?: ExtensionsPort["answer"]): ExtensionsPort => ({
  list: () => [
    status("senml", "input"),
    status("co2", "output", {
      cuts: 1,
      lastFailure: { t: MIDNIGHT, reason: "hung", detail: "The extension co2 gave no answer." },
    }),
  ],
  answer: answer ?? (() => undefined),
});

/** An ingest that says what it got, and answers as the test wants. */
function taking(result: Partial<IngestResult> | Error): {
  got: IncomingMessage[];
  ingest: NonNullable<ApiPorts["ingest"]>;
} {
  const got: IncomingMessage[] = [];
  return {
    got,
    ingest: {
      take: async (message) => {
        got.push(message);
        if (result instanceof Error) throw result;
        return { accepted: [], rejected: [], ...result };
      },
    },
  };
}

async function withIngestToken(
  ports: Partial<ApiPorts>,
): Promise<Fixture & { headers: Record<string, string> }> {
  const made = anonymousFixture({}, {}, ports);
  const { record, secret } = makeToken({ name: "esp", scopes: ["ingest"], device: "esp32-1" }, NOW);
  await made.store.putDocument(tokenDocument(record));
  return { ...made, headers: { authorization: `Bearer ${secret}` } };
}

test("processors of another process are listed as it tells of them, and as closed when it does not", async () => {
  const extensions = {
    ...hosted(),
    list: () => [status("senml", "input"), status("peak-alert", "processor")],
  };
  const { app, store, clock } = fixture({}, {}, { extensions, sharedStore: true });
  const states = async (): Promise<Record<string, string>> => {
    const { extensions: list } = await askJson<ExtensionList>(app, "/v1/extensions");
    return Object.fromEntries(list.map(({ name, state }) => [name, state]));
  };
  expect(await states()).toEqual({ senml: "idle", "peak-alert": "closed" });
  for (const name of ["peak-alert", "overvoltage"])
    await store.putDocument({
      kind: "extension-state",
      id: name,
      value: status(name, "processor", { state: "running", calls: 7 }),
      t: NOW,
    });
  expect(await states()).toEqual({ senml: "idle", "peak-alert": "running", overvoltage: "running" });
  clock.now += 900_001;
  expect(await states()).toEqual({ senml: "idle", "peak-alert": "closed", overvoltage: "closed" });
});

describe("POST /v1/ingest", () => {
  test("hands the bytes to the ingest as the token's device, and answers when the log holds them", async () => {
    const { got, ingest } = taking({});
    const { app, headers } = await withIngestToken({ ingest, extensions: hosted() });
    const response = await ask(app, "/v1/ingest/senml", { method: "POST", headers, body: "[]" });
    expect(response.status).toBe(204);
    expect(got).toMatchObject([
      { device: "esp32-1", topic: "sm/v1/esp32-1/raw/http", input: "senml", received: NOW },
    ]);
    expect(Buffer.from(got[0]!.payload).toString()).toBe("[]");
    await ask(app, "/v1/ingest/reading", { method: "POST", headers, body: "{}" });
    expect(got[1]).toMatchObject({ topic: "sm/v1/esp32-1/reading" });
    expect(got[1]).not.toHaveProperty("input");
  });

  test("tells what was rejected, and that it is kept", async () => {
    const rejected = { device: "esp32-1", topic: "t", received: NOW, payload: "", code: "schema" as const };
    const { ingest } = taking({ rejected: [{ ...rejected, detail: "No good.", index: 1 }] });
    const { app, headers } = await withIngestToken({ ingest, extensions: hosted() });
    const init = { method: "POST", headers, body: "x" };
    expect(await askJson(app, "/v1/ingest/senml", init)).toMatchObject({
      type: "/problems/rejected",
      status: 422,
      detail: "schema: No good.",
      errors: [{ pointer: "/1", detail: "No good." }],
    });
  });

  test("asks to send again while the log is away, or when this process has none", async () => {
    const away = taking(new PlatformError("overload", "later", { retryable: true }));
    for (const ports of [{ ingest: away.ingest }, {}]) {
      const { app, headers } = await withIngestToken({ ...ports, extensions: hosted() });
      const response = await ask(app, "/v1/ingest/senml", { method: "POST", headers, body: "x" });
      expect(response.status).toBe(503);
    }
  });

  test("needs a token of a device, and an input that there is", async () => {
    const { got, ingest } = taking({});
    const { app, headers } = await withIngestToken({ ingest, extensions: hosted() });
    expect((await ask(app, "/v1/ingest/senml", { method: "POST", body: "x" })).status).toBe(401);
    expect((await ask(app, "/v1/ingest/nope", { method: "POST", headers, body: "x" })).status).toBe(404);
    const admin = fixture({}, {}, { ingest, extensions: hosted() });
    expect((await ask(admin.app, "/v1/ingest/senml", { method: "POST", body: "x" })).status).toBe(403);
    const large = { method: "POST", headers, body: "x".repeat(20_000) };
    expect((await ask(app, "/v1/ingest/senml", large)).status).toBe(413);
    expect(got).toEqual([]);
  });
});

describe("GET /v1/extensions", () => {
  test("lists them with their state for administrators", async () => {
    const { app } = fixture({}, {}, { extensions: hosted() });
    const { extensions } = await askJson<{ extensions: object[] }>(app, "/v1/extensions");
    expect(extensions).toMatchObject([
      { name: "senml", state: "idle", last_failure: null, rights: {} },
      { name: "co2", cuts: 1, last_failure: { time: "2026-03-29T00:00:00+01:00", reason: "hung" } },
    ]);
    expect((await ask(anonymousFixture({}, {}, { extensions: hosted() }).app, "/v1/extensions")).status).toBe(
      401,
    );
  });
});

describe("/x/{name}", () => {
  test("hands the request on with the caller's sight of the store", async () => {
    const { app, store } = anonymousFixture(
      {},
      {},
      {
        extensions: hosted((name, { path, store: view, sight }) =>
          name === "co2"
            ? view.meters().then((all) => Response.json([path, all.length, sight.canRead(METER, "raw")]))
            : undefined,
        ),
      },
    );
    await store.append(readings(MIDNIGHT, NOW));
    const { record, secret } = makeToken({ name: "reader" }, NOW);
    await store.putDocument(tokenDocument(record));
    expect(await (await app.request("/x/co2/a/b?c=d")).json()).toEqual(["/a/b", 1, false]);
    const headers = { authorization: `Bearer ${secret}` };
    expect(await (await app.request("/x/co2", { headers })).json()).toEqual(["", 1, true]);
    expect((await app.request("/x/other/a")).status).toBe(404);
    expect((await app.request("/x/co2", { headers: { authorization: "Bearer smp_wrong" } })).status).toBe(
      401,
    );
  });

  test.each([
    ["extension-hung", 504],
    ["extension-threw", 502],
    ["extension-memory", 502],
    ["extension-busy", 503],
    ["extension-restarting", 503],
  ])("answers %s with %d, and keeps the extension's words to itself", async (code, expected) => {
    const { app } = fixture(
      {},
      {},
      {
        extensions: hosted(() => Promise.reject(new PlatformError(code, "secret: at /home/x.js"))),
      },
    );
    const response = await app.request("/x/co2/a");
    expect(response.status).toBe(expected);
    expect(await response.text()).not.toContain("secret");
  });
});

describe("GET /v1/events", () => {
  test("shows the newest first, and only of meters that the caller may read", async () => {
    const { app, store } = fixture();
    await store.append(readings(MIDNIGHT, NOW));
    const put = (id: string, meter: string, t: number): Promise<void> =>
      store.putDocument({
        kind: "event",
        id: `peak-alert/${id}`,
        value: { extension: "peak-alert", id, type: "peak", meter, t, title: "Much.", data: { power_w: 1 } },
        t,
      });
    await put("a", METER, MIDNIGHT);
    await put("b", METER, NOW);
    await put("c", "other", NOW);
    const { events } = await askJson<{ events: { id: string }[] }>(app, `/v1/events?meter=${METER}`);
    expect(events.map(({ id }) => id)).toEqual(["b", "a"]);
    expect((await askJson<{ events: object[] }>(app, "/v1/events?limit=1")).events).toHaveLength(1);
    const { record, secret } = makeToken({ name: "month", finest: "month", meters: [METER] }, NOW);
    await store.putDocument(tokenDocument(record));
    const coarse = anonymousFixture();
    await coarse.store.putDocument(tokenDocument(record));
    const headers = { authorization: `Bearer ${secret}` };
    expect(await askJson(coarse.app, "/v1/events", { headers })).toMatchObject({ events: [] });
  });
});

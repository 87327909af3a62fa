import { gunzipSync } from "node:zlib";
import type { EnergySeries } from "@smp/schemas/api";
import type { Problem } from "@smp/schemas";
import { describe, expect, test } from "vitest";
import { ask, askJson } from "./openapi.ts";
import { fixture, METER, MIDNIGHT, NOW, reading, readings } from "./fixture.ts";

const withReadings = async (...options: Parameters<typeof fixture>): Promise<ReturnType<typeof fixture>> => {
  const made = fixture(...options);
  await made.store.append(readings(MIDNIGHT, NOW));
  return made;
};
const energy = `/v1/meters/${METER}/energy`;

describe("from and to", () => {
  test.each([
    ["RFC 3339 with offset", "2026-03-28T23:00:00Z"],
    ["another offset", "2026-03-29T04:45:00%2B05:45"],
    ["an unescaped plus, which arrives as a space", "2026-03-29T00:00:00+01:00"],
    ["a date in the zone", "2026-03-29"],
    ["epoch milliseconds", String(MIDNIGHT)],
  ])("take %s", async (_, from) => {
    const { app } = await withReadings();
    const answer = await askJson<EnergySeries>(
      app,
      `${energy}?from=${from}&to=2026-03-29T03:00:00%2B02:00&resolution=15m`,
    );
    expect(answer.from).toBe("2026-03-29T00:00:00+01:00");
    expect(answer.buckets).toHaveLength(8);
  });

  test("a date is midnight in the zone that is asked for", async () => {
    const { app } = await withReadings();
    const answer = await askJson<EnergySeries>(
      app,
      `${energy}?from=2026-03-29&to=2026-03-30&resolution=day&tz=Asia/Kathmandu`,
    );
    expect([answer.from, answer.to, answer.tz]).toEqual([
      "2026-03-29T00:00:00+05:45",
      "2026-03-30T00:00:00+05:45",
      "Asia/Kathmandu",
    ]);
    expect(answer.buckets).toHaveLength(1);
  });
});

describe("a bad parameter is refused by name, with what is allowed", () => {
  test.each([
    ["from=yesterday", "from", /RFC 3339/],
    ["from=2026-02-30", "from", /date/],
    ["to=1774778405", "to", /epoch milliseconds/],
    ["from=1999-12-31&to=2000-01-02", "from", /2000 to 2099/],
    ["from=2026-03-30&to=2026-03-29", "to", /after "from"/],
    ["from=2026-03-29&to=2026-03-29", "to", /after "from"/],
    [
      "from=2026-03-30&to=2026-03-29&tz=Asia/Kathmandu",
      "to",
      /from is 2026-03-30T00:00:00\+05:45, to is 2026-03-29T00:00:00\+05:45/,
    ],
    ["from=2030-01-01", "from", /is 2030-01-01T00:00:00\+01:00, but must lie before "to", which is 20/],
    ["resolution=5m", "resolution", /15m, 1h, day, week, month, year/],
    ["tz=Mars/Base", "tz", /IANA/],
    ["tz=%2B01:00", "tz", /IANA/],
    ["format=xml", "format", /json, csv/],
    ["from=2026-03-29&from=2026-03-28", "from", /more than once/],
    ["from=", "from", /RFC 3339/],
    ["resolutoin=1h", "resolutoin", /known here: from, to, resolution, tz, format/],
    ["__proto__=1", "__proto__", /unknown/],
    ["constructor=1", "constructor", /unknown/],
  ])("%s", async (query, parameter, sentence) => {
    const { app } = await withReadings();
    const response = await ask(app, `${energy}?${query}`);
    expect(response.status).toBe(400);
    const problem = (await response.json()) as Problem;
    expect(problem.detail).toMatch(sentence);
    expect(problem.errors).toMatchObject([{ parameter }]);
  });

  test.each(["limit=0", "limit=501", "limit=1e3", "limit=-1", "limit=99999999999999", "device=A%2FB"])(
    "of the rejected: %s",
    async (query) => {
      expect((await ask(fixture().app, `/v1/rejected?${query}`)).status).toBe(400);
    },
  );

  test("a parameter at an address that takes none", async () => {
    const { app } = fixture();
    for (const address of [
      "/healthz",
      "/readyz",
      "/metrics",
      "/openapi.json",
      "/v1/registers",
      "/docs",
      "/schemas/reading.schema.json",
    ])
      expect((await ask(app, `${address}?x=1`)).status, address).toBe(400);
  });
});

describe("too large a range", () => {
  test("names the coarser resolution that fits", async () => {
    const { app, store } = await withReadings();
    store.asked = {};
    const response = await ask(app, `${energy}?from=2000-01-01&to=2050-01-01&resolution=15m`);
    expect(response.status).toBe(422);
    expect(((await response.json()) as Problem).detail).toMatch(/ask for resolution "day" or coarser/);
    // Nothing of it reaches the store.
    expect(store.asked).toEqual({});
  });

  test("fifty years by year are fifty buckets", async () => {
    const { app } = await withReadings();
    const answer = await askJson<EnergySeries>(
      app,
      `${energy}?from=2000-01-01&to=2050-01-01&resolution=year`,
    );
    expect(answer.buckets).toHaveLength(50);
  });
});

describe("caching", () => {
  test("a range in the past is kept for five minutes and answered 304 when it is the same", async () => {
    const { app, store } = await withReadings();
    const address = `${energy}?from=2026-03-29T05:00:00Z&to=2026-03-29T06:00:00Z`;
    const first = await ask(app, address);
    expect(first.headers.get("cache-control")).toBe("private, max-age=300, stale-while-revalidate=3600");
    const etag = first.headers.get("etag")!;
    expect((await ask(app, address, { headers: { "if-none-match": etag } })).status).toBe(304);
    await store.append([reading(Date.parse("2026-03-29T05:00:30Z"), { "1-0:16.7.0": 1 })]);
    expect((await ask(app, address, { headers: { "if-none-match": etag } })).status).toBe(200);
  });

  test("a range that touches now is kept for ten seconds", async () => {
    const { app } = await withReadings();
    expect((await ask(app, energy)).headers.get("cache-control")).toBe("private, max-age=10");
  });
});

describe("every answer", () => {
  test("carries security headers, a request id and the time in the store", async () => {
    const { app } = await withReadings();
    const { headers } = await ask(app, energy);
    expect(Object.fromEntries(headers)).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "x-frame-options": "DENY",
      "access-control-allow-origin": "*",
    });
    expect(headers.get("x-request-id")).toMatch(/^[\w-]{20,}$/);
    expect(headers.get("server-timing")).toMatch(/store;dur=[\d.]+,?.*/);
    expect(headers.get("access-control-allow-credentials")).toBeNull();
  });

  test.each<[string, string, RequestInit, number]>([
    ["packed", `${energy}?resolution=15m`, { headers: { "accept-encoding": "gzip" } }, 200],
    ["a file", `${energy}?format=csv`, {}, 200],
    ["without its body", energy, { method: "HEAD" }, 200],
    ["known", "/v1/registers", { headers: { "if-none-match": "*" } }, 304],
    ["a refusal", energy, { headers: { authorization: "Bearer smp_no" } }, 401],
    ["to a preflight", energy, { method: "OPTIONS" }, 204],
  ])("carries them when it is %s, and the id that a proxy gave", async (_, path, init, status) => {
    const { app } = await withReadings();
    const headers = { ...init.headers, "x-request-id": "from-the-proxy" };
    const answer = await app.request(path, { ...init, headers });
    expect([answer.status, answer.headers.get("x-request-id")]).toEqual([status, "from-the-proxy"]);
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("access-control-expose-headers")).toMatch(/ETag/);
    expect(answer.headers.get("server-timing")).toMatch(/total;dur=[\d.]+$/);
  });

  test("is compressed when it is large, and not when it is small", async () => {
    const { app } = await withReadings();
    const headers = { "accept-encoding": "gzip" };
    const large = await app.request(`${energy}?resolution=15m`, { headers });
    expect(large.headers.get("content-encoding")).toBe("gzip");
    const text = await new Response(large.body!.pipeThrough(new DecompressionStream("gzip"))).json();
    expect(text).toMatchObject({ meter: METER });
    expect((await app.request("/healthz", { headers })).headers.get("content-encoding")).toBeNull();
  });

  test("is compressed whole, with its length, and says that it depends on what the client takes", async () => {
    const { app } = await withReadings();
    const path = `${energy}?resolution=15m`;
    const plain = await app.request(path);
    const packed = await app.request(path, { headers: { "accept-encoding": "deflate, gzip, br" } });
    const bytes = Buffer.from(await packed.arrayBuffer());
    expect(packed.headers.get("content-length")).toBe(String(bytes.length));
    expect(gunzipSync(bytes).toString()).toBe(await plain.text());
    expect(packed.headers.get("etag")).toBe(`W/${plain.headers.get("etag")}`);
    for (const answer of [plain, packed])
      expect(answer.headers.get("vary")).toBe("Accept, Accept-Encoding, Authorization");
    const head = await app.request(path, { method: "HEAD", headers: { "accept-encoding": "gzip" } });
    expect(head.headers.get("content-encoding")).toBeNull();
  });

  test.each(["gzip;q=0", "gzip;q=0, deflate", "identity", "br", "deflate", "*;q=0", "gzip;q=0, *"])(
    "is not compressed for %s",
    async (encodings) => {
      const { app } = await withReadings();
      const headers = { "accept-encoding": encodings };
      const answer = await app.request(`${energy}?resolution=15m`, { headers });
      expect(answer.headers.get("content-encoding")).toBeNull();
    },
  );

  test.each(["*", "gzip;q=0.5", "deflate, *;q=0.1", "deflate, GZIP;q=0.9"])(
    "has a length for %s, too: as a stream it would wait for its reader where nobody counts it",
    async (encodings) => {
      const { app } = await withReadings();
      const headers = { "accept-encoding": encodings };
      const answer = await app.request(`${energy}?resolution=15m`, { headers });
      expect(answer.headers.get("content-encoding")).toBe("gzip");
      expect(answer.headers.get("content-length")).toBe(String((await answer.arrayBuffer()).byteLength));
    },
  );

  test("is compressed whole also when it is so long that it is done beside the event loop", async () => {
    const { app } = await withReadings();
    const path = `${energy}?resolution=15m&from=2026-03-01&to=2026-03-31`;
    const packed = await app.request(path, { headers: { "accept-encoding": "gzip" } });
    const bytes = Buffer.from(await packed.arrayBuffer());
    expect(packed.headers.get("content-length")).toBe(String(bytes.length));
    const text = gunzipSync(bytes).toString();
    expect(text.length).toBeGreaterThan(65_536);
    expect(text).toBe(await (await app.request(path)).text());
  });

  test("is not compressed when it is a short problem", async () => {
    const { app } = await withReadings();
    const answer = await app.request(`${energy}?resolution=no`, { headers: { "accept-encoding": "gzip" } });
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-encoding")).toBeNull();
    expect(answer.headers.get("content-length")).toBe(String((await answer.arrayBuffer()).byteLength));
  });

  test("an ETag survives compression", async () => {
    const { app } = await withReadings();
    const headers = { "accept-encoding": "gzip" };
    const etag = (await app.request(`${energy}?resolution=15m`, { headers })).headers.get("etag")!;
    expect(
      (await app.request(`${energy}?resolution=15m`, { headers: { ...headers, "if-none-match": etag } }))
        .status,
    ).toBe(304);
  });
});

describe("readiness", () => {
  test("asks the store and the checks that were handed in", async () => {
    const { app } = fixture(
      {},
      {},
      { checks: { broker: async () => ({ ok: false, detail: "not listening" }) } },
    );
    const response = await ask(app, "/readyz");
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      status: "not-ready",
      checks: { broker: { ok: false, detail: "not listening" }, store: { ok: true } },
    });
  });

  test("is asked for once, however many ask at a time", async () => {
    let questions = 0;
    const broker = async () => {
      questions += 1;
      return { ok: true };
    };
    const { app } = fixture({}, {}, { checks: { broker } });
    await Promise.all(Array.from({ length: 50 }, async () => app.request("/readyz")));
    expect(questions).toBe(1);
  });

  test("a check that throws is not ok, and says why", async () => {
    const { app, store } = fixture();
    store.before = async () => Promise.reject(new Error("file is gone"));
    expect(await askJson(app, "/readyz")).toMatchObject({
      status: "not-ready",
      checks: { store: { ok: false, detail: "file is gone" } },
    });
    expect((await ask(app, "/healthz")).status).toBe(200);
  });
});

test("metrics count by route and carry no meter's id", async () => {
  const { app } = await withReadings(
    {},
    {},
    { metrics: [async () => "# TYPE smp_other counter\nsmp_other 7\n"] },
  );
  await ask(app, `/v1/meters/${METER}/latest`);
  await ask(app, "/nothing/here");
  const text = await (await ask(app, "/metrics")).text();
  expect(text).toContain(
    'smp_http_requests_total{method="GET",route="/v1/meters/:id/latest",status="200"} 1',
  );
  expect(text).toContain('route="other",status="404"');
  expect(text).toContain("smp_other 7");
  expect(text).not.toContain(METER);
});

test.each([
  "/v1/meters",
  `/v1/meters/${METER}`,
  `/v1/meters/${METER}/latest`,
  `/v1/meters/${METER}/energy?from=2026-03-29&to=2026-03-30&resolution=1h`,
  `/v1/meters/${METER}/energy?from=2026-03-29&to=2026-03-30&resolution=1h&format=csv`,
  "/v1/tariffs",
  "/v1/tokens",
  "/openapi.json",
])("%s is answered 304 to who knows its fingerprint", async (path) => {
  const { app } = await withReadings();
  const first = await app.request(path);
  const tag = first.headers.get("etag") ?? "none";
  expect([first.status, tag]).toEqual([200, expect.stringMatching(/^"[\w-]+"$/)]);
  for (const known of [tag, `W/${tag}, "x"`]) {
    const again = await app.request(path, { headers: { "if-none-match": known } });
    expect([again.status, await again.text(), again.headers.get("etag")]).toEqual([304, "", tag]);
    expect(again.headers.get("cache-control")).toBe(first.headers.get("cache-control"));
  }
  expect((await app.request(path, { headers: { "if-none-match": '"other"' } })).status).toBe(200);
});

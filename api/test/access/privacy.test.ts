import { openapiDocument } from "@smp/schemas/documents";
import type { MeterList } from "@smp/schemas/api";
import { afterEach, describe, expect, test } from "vitest";
import { makeToken, tokenDocument } from "../../src/access/token.ts";
import { startApi, type RunningApi } from "../../src/start.ts";
import {
  ADMIN_TOKEN,
  anonymousFixture,
  configOf,
  METER,
  MIDNIGHT,
  NOW,
  reading,
  readings,
  silent,
  storeWithAdmin,
  type Fixture,
} from "../fixture.ts";
import { ask, askJson, operations } from "../openapi.ts";
import { EventReader } from "../sse.ts";

// Somebody wants what is not theirs. Whatever they try must end like a question for a meter that does not exist.
const NONE = "ma309-0";
const OWN = "own-1";
const BELOW = [
  "",
  "/latest",
  "/live",
  "/energy",
  "/energy?resolution=year",
  "/energy?format=csv",
  "/power",
  "/readings",
  "/readings?limit=1",
  "/gaps",
  "/cost",
  "/prices",
];
const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });

/** METER is a household's. `tokens`: another household's, one that is expired, one that was revoked. */
async function platform(): Promise<Fixture & { tokens: Record<"other" | "expired" | "revoked", string> }> {
  const made = anonymousFixture({ requestsPerMinute: 0 });
  await made.store.append([...readings(MIDNIGHT, NOW), ...readings(MIDNIGHT, NOW, { meter: OWN })]);
  const other = makeToken({ name: "other", scopes: ["read", "write"], meters: [OWN] }, NOW);
  const expired = makeToken({ name: "expired", meters: [METER], expires_in_days: 1 }, NOW - 86_400_000);
  const revoked = makeToken({ name: "revoked", meters: [METER] }, NOW);
  for (const { record } of [other, expired, revoked]) await made.store.putDocument(tokenDocument(record));
  await made.store.putDocument({ ...tokenDocument(revoked.record), value: null });
  return { ...made, tokens: { other: other.secret, expired: expired.secret, revoked: revoked.secret } };
}

/** Everything of an answer that could tell something, without what differs from call to call. */
async function traces(response: Response, meter: string): Promise<object> {
  const headers = Object.fromEntries(response.headers);
  for (const name of ["x-request-id", "server-timing", "ratelimit"]) delete headers[name];
  const text = await response.text();
  if (headers["content-length"]) headers["content-length"] = String(text.length);
  return { status: response.status, headers, text: text.replaceAll(meter, "METER") };
}

describe("N63: a private meter", () => {
  test.each(BELOW)(
    "N63: answers like one that does not exist, without a token and with another's: %s",
    async (below) => {
      const { app, tokens } = await platform();
      for (const headers of [{}, bearer(tokens.other)])
        for (const method of ["GET", "HEAD", "OPTIONS", "POST", "PATCH", "DELETE", "PUT"]) {
          const init = { method, headers: { ...headers, "if-none-match": "*", "last-event-id": "1" } };
          const [hidden, unknown] = await Promise.all(
            [METER, NONE].map(async (meter) =>
              traces(await app.request(`/v1/meters/${meter}${below}`, init), meter),
            ),
          );
          expect(hidden, method).toEqual(unknown);
          if (method === "GET" || method === "HEAD") expect(hidden).toMatchObject({ status: 404 });
        }
    },
  );

  test.each(["expired", "revoked"] as const)(
    "N63: a token that is %s is refused whatever it asks",
    async (which) => {
      const { app, tokens } = await platform();
      for (const below of BELOW) {
        const [hidden, unknown] = await Promise.all(
          [METER, NONE].map(async (meter) =>
            traces(
              await app.request(`/v1/meters/${meter}${below}`, { headers: bearer(tokens[which]) }),
              meter,
            ),
          ),
        );
        expect(hidden).toEqual(unknown);
        expect(hidden).toMatchObject({ status: 401 });
      }
    },
  );

  test("N63: a token in the address counts for nothing, is told its place, and handed to no extension", async () => {
    const handed: string[] = [];
    const answer = (name: string): undefined => void handed.push(name);
    const { app } = anonymousFixture({}, {}, { extensions: { list: () => [], answer } });
    const addresses = [METER, NONE]
      .map((meter) => `/v1/meters/${meter}/latest`)
      .concat("/metrics", "/x/range");
    for (const address of addresses)
      for (const name of ["token", "access_token", "api_key", "authorization", "of"]) {
        const response = await app.request(`${address}?tz=UTC&${name}=${ADMIN_TOKEN}`);
        expect(response.status).toBe(400);
        expect(await response.text()).toContain("belongs in the header");
      }
    const hidden = [
      `smp%5F${ADMIN_TOKEN.slice(4)}/%zz`,
      `?authorization=Bearer%20${ADMIN_TOKEN}`,
      `?a=1?token=${ADMIN_TOKEN}`,
    ];
    for (const rest of hidden) expect((await app.request(`/x/range/${rest}`)).status).toBe(400);
    expect(handed).toEqual([]);
    const mistyped = await app.request(`/v1/meters?token=${ADMIN_TOKEN.slice(0, -1)}`);
    expect(await mistyped.text()).toContain("belongs in the header");
  });

  test.each([
    ["no scheme", ADMIN_TOKEN],
    ["basic", `Basic ${btoa(`admin:${ADMIN_TOKEN}`)}`],
    ["empty", "Bearer "],
    ["a prefix", `Bearer ${ADMIN_TOKEN.slice(0, -1)}`],
    ["more", `Bearer ${ADMIN_TOKEN}x`],
    ["another case", `Bearer ${ADMIN_TOKEN.toUpperCase()}`],
    ["two", `Bearer ${ADMIN_TOKEN} ${ADMIN_TOKEN}`],
    ["a list", `Bearer ${ADMIN_TOKEN}, Bearer ${ADMIN_TOKEN}`],
    ["a hash", `Bearer ${"a".repeat(64)}`],
  ])("N63: a header that is wrong (%s) is 401 and says how to mend it", async (_, authorization) => {
    const { app } = await platform();
    const response = await ask(app, `/v1/meters/${METER}`, { headers: { authorization } });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
  });

  test("N63: is in no list, and on no stream of several", async () => {
    const { app, tokens } = await platform();
    expect((await askJson<MeterList>(app, "/v1/meters")).meters).toEqual([]);
    const { meters } = await askJson<MeterList>(app, "/v1/meters", { headers: bearer(tokens.other) });
    expect(meters.map(({ id }) => id)).toEqual([OWN]);
    for (const list of [METER, `${OWN},${METER}`, `${METER},${OWN}`]) {
      const [hidden, unknown] = await Promise.all(
        [list, list.replace(METER, NONE)].map(async (meterList) =>
          traces(
            await app.request(`/v1/live?meters=${meterList}`, { headers: bearer(tokens.other) }),
            meterList.includes(METER) ? METER : NONE,
          ),
        ),
      );
      expect(hidden).toEqual(unknown);
      expect(hidden).toMatchObject({ status: 404 });
    }
  });

  test("N63: an ETag of its owner gives nobody else a 304", async () => {
    const { app } = await platform();
    const address = `/v1/meters/${METER}/energy?from=2026-03-29&to=2026-03-30`;
    const owner = await ask(app, address, { headers: bearer(ADMIN_TOKEN) });
    const etag = owner.headers.get("etag")!;
    expect(owner.headers.get("vary")).toMatch(/Authorization/);
    expect(owner.headers.get("cache-control")).toMatch(/^private/);
    expect((await app.request(address, { headers: { "if-none-match": etag } })).status).toBe(404);
    const again = await app.request(address, {
      headers: { ...bearer(ADMIN_TOKEN), "if-none-match": etag },
    });
    expect(again.status).toBe(304);
  });

  test("N63: a change of settings changes what a cache holds", async () => {
    const { app } = await platform();
    const address = `/v1/meters/${METER}/energy?from=2026-03-29&resolution=day`;
    const before = await ask(app, address, { headers: bearer(ADMIN_TOKEN) });
    await ask(app, `/v1/meters/${METER}`, {
      method: "PATCH",
      headers: { ...bearer(ADMIN_TOKEN), "content-type": "application/json" },
      body: JSON.stringify({ time_zone: "Asia/Kathmandu" }),
    });
    const after = await app.request(address, {
      headers: { ...bearer(ADMIN_TOKEN), "if-none-match": before.headers.get("etag")! },
    });
    expect(after.status).toBe(200);
  });

  test("N63: takes as long to refuse as one that does not exist: nothing is looked up for either", async () => {
    const { app, store, tokens } = await platform();
    for (const meter of [METER, NONE])
      for (const below of BELOW)
        await ask(app, `/v1/meters/${meter}${below}`, { headers: bearer(tokens.other) });
    expect(store.asked).toEqual({});
    const median = async (meter: string): Promise<number> => {
      const times: number[] = [];
      for (let turn = 0; turn < 51; turn++) {
        const started = performance.now();
        await app.request(`/v1/meters/${meter}/latest`);
        times.push(performance.now() - started);
      }
      return times.sort((a, b) => a - b)[25]!;
    };
    expect(Math.abs((await median(METER)) - (await median(NONE)))).toBeLessThan(5);
  });

  test("N63: a live stream ends with the right to it: token revoked, here or by another process, meter made private", async () => {
    const { app, store, clock, tokens } = await platform();
    await store.putDocument({ kind: "meter", id: METER, value: { visibility: "open" }, t: NOW });
    const anonymous = new EventReader(await ask(app, `/v1/meters/${METER}/live`));
    const made = (await askJson<{ id: string; token: string }>(app, "/v1/tokens", {
      method: "POST",
      headers: bearer(ADMIN_TOKEN),
      body: JSON.stringify({ name: "guest", meters: [OWN] }),
    }))!;
    const guest = new EventReader(await ask(app, `/v1/meters/${OWN}/live`, { headers: bearer(made.token) }));
    await anonymous.next("reading");
    await guest.next("reading");
    await ask(app, `/v1/tokens/${made.id}`, { method: "DELETE", headers: bearer(ADMIN_TOKEN) });
    while (await guest.next()) {
      // To the end.
    }
    await ask(app, `/v1/meters/${METER}`, {
      method: "PATCH",
      headers: bearer(ADMIN_TOKEN),
      body: JSON.stringify({ visibility: "private" }),
    });
    while (await anonymous.next()) {
      // To the end.
    }
    const headers = bearer(tokens.other);
    const other = new EventReader(await ask(app, `/v1/meters/${OWN}/live`, { headers }));
    await other.next("reading");
    for (const document of await store.documents("token"))
      if ((document.value as { name: string }).name === "other")
        await store.putDocument({ ...document, value: null });
    clock.now += 6_000;
    expect((await ask(app, "/v1/session", { headers })).status).toBe(401);
    while (await other.next()) {
      // To the end.
    }
    await store.append([reading(NOW, { "1-0:16.7.0": 1 })]);
    expect((await ask(app, `/v1/meters/${METER}/live`)).status).toBe(404);
  });

  test("N63: an aggregate meter alone answers like an unknown one", async () => {
    const { app, store, tokens } = await platform();
    await store.putDocument({ kind: "meter", id: METER, value: { visibility: "aggregate" }, t: NOW });
    for (const headers of [{}, bearer(tokens.other)])
      for (const below of BELOW)
        expect((await ask(app, `/v1/meters/${METER}${below}`, { headers })).status, below).toBe(404);
  });

  test("N63: is not among what was rejected, not in the metrics, and not behind any other address", async () => {
    const { app, tokens } = await platform();
    expect((await ask(app, "/v1/rejected")).status).toBe(401);
    expect((await ask(app, "/v1/rejected", { headers: bearer(tokens.other) })).status).toBe(403);
    expect((await ask(app, "/metrics")).status).toBe(401);
    // Every GET of the contract, asked by nobody: no answer holds the meter's name or its counter.
    for (const { path } of operations.filter(({ method }) => method === "get")) {
      const address = path.replaceAll(/\{[^}]+\}/g, METER);
      const response = await app.request(address);
      if (response.headers.get("content-type") === "text/event-stream") {
        await response.body!.cancel();
        throw new Error(`${address} streams to nobody in particular`);
      }
      const text = await response.text();
      if (response.status === 200 && !text.startsWith(JSON.stringify(openapiDocument).slice(0, 30)))
        expect(text, address).not.toMatch(/"(?:meter|device)":"ma309-1"|1000007/);
    }
  });
});

describe("N61: what a database would misunderstand", () => {
  test.each(["m1' or 1=1--", 'm1"; DROP TABLE readings; --', "m1%27%20or%201=1", "$1", "{0}", "m1/**/"])(
    "N61: the meter id %s is no meter, and no text of a database comes back",
    async (id) => {
      const { app, store } = await platform();
      const response = await ask(app, `/v1/meters/${encodeURIComponent(id)}/energy`, {
        headers: bearer(ADMIN_TOKEN),
      });
      expect(response.status).toBe(404);
      expect(await response.text()).not.toMatch(/syntax|parser|binder|sql/i);
      expect(store.asked["series"]).toBeUndefined();
    },
  );

  test.each([
    "resolution=1h;drop table",
    "resolution=1s",
    "order=t desc",
    "tz=Europe/Vienna' --",
    "from=0) OR (1=1",
    "limit=1;select 1",
    "format=json'",
  ])("N61: the parameter %s is refused", async (query) => {
    const { app } = await platform();
    for (const below of ["energy", "power", "readings", "gaps"]) {
      const response = await ask(app, `/v1/meters/${METER}/${below}?${query}`, {
        headers: bearer(ADMIN_TOKEN),
      });
      expect(response.status, below).toBe(400);
      expect(await response.text()).not.toMatch(/syntax|parser|binder/i);
    }
  });
});

describe("N62: questions that are too large", () => {
  test("N62: fifty years at the finest step, ten thousand meters: refused at once, without the store", async () => {
    const { app, store } = await platform();
    const headers = bearer(ADMIN_TOKEN);
    const many = Array.from({ length: 300 }, (_, index) => `m-${index}`).join(",");
    for (const [address, status] of [
      [`/v1/meters/${METER}/energy?from=2001-01-01&to=2051-01-01&resolution=15m`, 422],
      [`/v1/meters/${METER}/energy?from=2001-01-01&to=2051-01-01&resolution=1s`, 400],
      [`/v1/meters/${METER}/power?from=2001-01-01&to=2051-01-01&resolution=1h`, 422],
      [`/v1/live?meters=${many}`, 400],
    ] as const) {
      const started = performance.now();
      expect((await ask(app, address, { headers })).status).toBe(status);
      expect(performance.now() - started).toBeLessThan(500);
    }
    expect(store.asked).toEqual({});
  });

  test("N62: while two hundred ask, the health check answers", async () => {
    const { app, store } = await platform();
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    store.before = () => held;
    const asked = Array.from({ length: 200 }, () =>
      ask(app, `/v1/meters/${METER}/energy?resolution=15m`, { headers: bearer(ADMIN_TOKEN) }),
    );
    expect((await ask(app, "/healthz")).status).toBe(200);
    release();
    const statuses = new Set((await Promise.all(asked)).map(({ status }) => status));
    expect([...statuses].every((status) => [200, 429, 503].includes(status))).toBe(true);
  });
});

describe("N64: over a socket", () => {
  test("N64: a range of bytes, a path that climbs and an origin without a name give nothing more", async () => {
    const { app } = await platform();
    const headers = { ...bearer(ADMIN_TOKEN), range: `bytes=${"0-,".repeat(1_000)}0-`, origin: "null" };
    const whole = await ask(app, `/v1/meters/${METER}/energy?from=2026-03-29&to=2026-03-30`, { headers });
    expect(whole.status).toBe(200);
    expect(whole.headers.get("access-control-allow-credentials")).toBeNull();
    for (const path of [
      "/%2e%2e/%2e%2e/etc/passwd",
      `/v1/meters/%2e%2e/tokens`,
      `/docs/%2e%2e%2f%2e%2e%2fpackage.json`,
    ])
      expect((await app.request(path)).status).toBeGreaterThanOrEqual(400);
  });

  let api: RunningApi | undefined;
  afterEach(async () => api?.close());

  test("N64: a chunked body beyond the limit is cut off, spoofed addresses count for nothing, a preflight gives no rights", async () => {
    api = await startApi(configOf({ requestsPerMinute: 5 }), { store: storeWithAdmin(), logger: silent });
    const chunks = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(8_192).fill(0x20)),
    });
    const body = await fetch(`${api.url}/v1/tokens`, {
      method: "POST",
      headers: bearer(ADMIN_TOKEN),
      body: chunks,
      duplex: "half",
    } as RequestInit).then(
      ({ status }) => status,
      () => 413,
    );
    expect(body).toBe(413);
    const preflight = await fetch(`${api.url}/v1/meters`, {
      method: "OPTIONS",
      headers: { origin: "https://elsewhere.example", "access-control-request-method": "DELETE" },
    });
    expect(preflight.headers.get("access-control-allow-credentials")).toBeNull();
    const statuses: number[] = [];
    for (let turn = 0; turn < 8; turn++)
      statuses.push(
        (await fetch(`${api.url}/v1/meters`, { headers: { "x-forwarded-for": `10.1.1.${turn}` } })).status,
      );
    expect(statuses).toContain(429);
  });
});

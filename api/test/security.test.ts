import { PlatformError, type Problem } from "@smp/schemas";
import { createClient } from "@smp/schemas/client";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { makeToken, tokenDocument } from "../src/access/token.ts";
import { clientAddress } from "../src/request/client-address.ts";
import { rateLimit } from "../src/limits/rate-limit.ts";
import type { AppContext } from "../src/ports.ts";
import { ask } from "./openapi.ts";
import { ADMIN_TOKEN, anonymousFixture, fixture, METER, MIDNIGHT, NOW, readings } from "./fixture.ts";

const withReadings = async (...options: Parameters<typeof fixture>): Promise<ReturnType<typeof fixture>> => {
  const made = fixture(...options);
  await made.store.append(readings(MIDNIGHT, NOW));
  return made;
};

describe("a meter's id", () => {
  test.each([
    "none",
    "'; DROP TABLE readings; --",
    "a' OR '1'='1",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "%00",
    "a%0d%0aX-Injected: 1",
    "MA309-1",
    "x".repeat(5_000),
    "__proto__",
    "%ff",
    "{id}",
    "*",
  ])("%s is no meter, and reaches no query", async (id) => {
    const { app, store } = await withReadings();
    for (const below of ["", "/latest", "/live", "/energy", "/power", "/readings", "/gaps"]) {
      const response = await app.request(
        `/v1/meters/${id.includes("%") ? id : encodeURIComponent(id)}${below}`,
      );
      expect(response.status, below).toBe(404);
      expect(response.headers.get("content-type")).toBe("application/problem+json");
      expect(response.headers.get("x-injected")).toBeNull();
      const text = await response.text();
      expect(text.length).toBeLessThan(500);
    }
    // The question whether it exists is answered from the list of meters.
    expect(Object.keys(store.asked).filter((query) => query !== "meters")).toEqual([]);
  });

  test("a new meter is found at once, and many guesses at the same time share two queries", async () => {
    const { app, store } = await withReadings({ requestsPerMinute: 0 });
    await Promise.all(Array.from({ length: 50 }, (_, guess) => ask(app, `/v1/meters/guess-${guess}`)));
    expect(store.asked["meters"]).toBe(2);
    await store.append(readings(MIDNIGHT, NOW, { meter: "guess-1" }));
    expect((await ask(app, "/v1/meters/guess-1/latest")).status).toBe(200);
  });

  test("a meter that is stored while the list is fetched is found", async () => {
    const { app, store } = await withReadings();
    let release!: () => void;
    store.before = () => new Promise((resolve) => (release = resolve));
    const meters = store.meters.bind(store);
    // The first list is from before the meter's first reading, and late.
    let lists = 0;
    store.meters = async () => (lists++ === 0 ? meters().then(() => []) : meters());
    const early = ask(app, "/v1/meters/none");
    await new Promise((resolve) => setTimeout(resolve, 5));
    const asked = ask(app, `/v1/meters/${METER}`);
    store.before = async () => {};
    release();
    expect((await early).status).toBe(404);
    expect((await asked).status).toBe(200);
  });
});

describe("methods", () => {
  test.each(["POST", "PUT", "DELETE", "PATCH"])(
    "%s is refused with the methods that are allowed",
    async (method) => {
      const { app } = fixture();
      for (const address of ["/v1/meters", `/v1/meters/${METER}/energy`, "/openapi.json"]) {
        const response = await ask(app, address, { method });
        expect(response.status).toBe(405);
        expect(response.headers.get("allow")).toBe("GET, HEAD");
      }
    },
  );

  test("at an address with nothing it is 404", async () => {
    expect((await ask(fixture().app, "/nothing", { method: "POST" })).status).toBe(404);
  });

  test("a large body is refused before it is read", async () => {
    const response = await ask(fixture().app, "/v1/meters", { method: "POST", body: "x".repeat(20_000) });
    expect([405, 413]).toContain(response.status);
  });

  test("a preflight is answered for any page, without credentials, with our own list of headers", async () => {
    const response = await fixture().app.request("/v1/meters", {
      method: "OPTIONS",
      headers: {
        origin: "https://elsewhere.example",
        "access-control-request-method": "GET",
        "access-control-request-headers": "x-evil, ".repeat(1_000),
      },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("access-control-allow-credentials")).toBeNull();
    expect(response.headers.get("access-control-allow-headers")).not.toMatch(/evil/);
    expect(response.headers.get("access-control-allow-methods")).toBe(
      "GET,HEAD,OPTIONS,POST,PUT,PATCH,DELETE",
    );
  });
});

describe("a failure", () => {
  test("inside says nothing but the request's id", async () => {
    const { app, store } = await withReadings();
    store.before = async () => Promise.reject(new Error("SELECT secret FROM /srv/data/store.duckdb"));
    const response = await ask(app, "/v1/meters");
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).not.toMatch(/SELECT|srv|at .*\.ts/);
    expect(text).toContain(response.headers.get("x-request-id"));
  });

  test("of a store that is away is 503 with the time to wait, and a sentence in the log, once for many", async () => {
    const lines: Record<string, unknown>[] = [];
    const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const { app, store } = await withReadings({ requestsPerMinute: 0 }, {}, { logger });
    store.before = async () =>
      Promise.reject(
        new PlatformError("store-locked", "another process has /srv/data open", { retryable: true }),
      );
    const response = await ask(app, "/v1/meters");
    expect(response.status).toBe(503);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await response.text()).not.toContain("/srv");
    await Promise.all(Array.from({ length: 20 }, () => ask(app, "/v1/meters")));
    expect(lines.length).toBeLessThan(5);
    expect(lines[0]).toMatchObject({ code: "store-locked", path: "/v1/meters" });
    expect(lines[0]?.["msg"]).toContain("another process has /srv/data open");
    expect(JSON.stringify(lines)).not.toContain('"stack"');
  });
});

describe("load", () => {
  test("200 requests at once are all answered, with a bounded number of queries", async () => {
    const limits = { requestsPerMinute: 0, queryWaitMs: 60_000, queryMs: 60_000 };
    const { app, store } = await withReadings(limits);
    store.before = () => new Promise((resolve) => setTimeout(resolve, 1));
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => ask(app, `/v1/meters/${METER}/energy?resolution=15m`)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(store.runningMax).toBeLessThanOrEqual(8);
  });

  test("more than may wait are sent away at once", async () => {
    const { app, store } = await withReadings({ requestsPerMinute: 0, queriesMax: 2, queriesWaitingMax: 3 });
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    store.before = () => held;
    const requests = Array.from({ length: 10 }, () => ask(app, "/v1/meters"));
    const first = await Promise.race(requests);
    expect(first.status).toBe(503);
    expect(first.headers.get("retry-after")).toBe("2");
    release();
    const statuses = (await Promise.all(requests)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(5);
    expect(store.runningMax).toBe(2);
  });

  test("a query that takes too long is given up, and keeps its place until it ends", async () => {
    const { app, store } = await withReadings({ queriesMax: 1, queryMs: 20, queryWaitMs: 20 });
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    store.before = () => held;
    expect((await ask(app, "/v1/meters")).status).toBe(503);
    expect((await ask(app, "/v1/meters")).status).toBe(503);
    expect(store.asked["meters"]).toBe(1);
    release();
    await held;
    expect((await ask(app, "/v1/meters")).status).toBe(200);
  });

  test("an address that asks too often waits until the minute is over", async () => {
    const { app, clock } = await withReadings({ requestsPerMinute: 3 });
    const policy = (await ask(app, "/v1/meters")).headers;
    expect(policy.get("ratelimit")).toBe("limit=3, remaining=2, reset=60");
    expect(policy.get("ratelimit-policy")).toBe("3;w=60");
    await ask(app, "/v1/meters");
    await ask(app, "/v1/nothing");
    const refused = await ask(app, "/v1/meters");
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("60");
    expect(((await refused.json()) as Problem).detail).toBe("More than 3 requests in a minute: wait 60 s.");
    const client = createClient({ url: "", fetch: async (path, init) => await app.request(path, init) });
    await expect(client.listMeters()).rejects.toMatchObject({ status: 429, retryAfterMs: 60_000 });
    expect((await ask(app, "/healthz")).status).toBe(200);
    clock.now += 60_000;
    expect((await ask(app, "/v1/meters")).status).toBe(200);
  });

  test("an address that asked too often is not kept out until a clock that was set back has caught up", async () => {
    const { app, clock } = await withReadings({ requestsPerMinute: 1 });
    await ask(app, "/v1/meters");
    clock.now -= 3_600_000;
    expect((await ask(app, "/v1/meters")).status).toBe(200);
    expect((await ask(app, "/v1/meters")).headers.get("retry-after")).toBe("60");
  });
});

describe("requests", () => {
  test("are counted by token, wherever it asks from, and without one by address", async () => {
    const { app, store } = anonymousFixture({ requestsPerMinute: 1 });
    const other = makeToken({ name: "other" }, NOW);
    await store.putDocument(tokenDocument(other.record));
    for (const token of [undefined, ADMIN_TOKEN, other.secret])
      for (const status of [200, 429]) {
        const headers: Record<string, string> =
          token === undefined ? {} : { authorization: `Bearer ${token}` };
        expect((await ask(app, "/v1/session", { headers })).status).toBe(status);
      }
  });

  test("are counted of the newest 10,000 clients", async () => {
    const limit = rateLimit({
      requestsPerMinute: 1,
      anonymousPerMinute: 1,
      callerOf: async (c) => c.get("caller"),
      trustedProxies: [],
      now: () => NOW,
    });
    const res = { headers: new Headers() };
    const asks = async (client: number): Promise<unknown> =>
      limit({ get: () => ({ id: String(client) }), res } as unknown as AppContext, async () => undefined);
    for (let client = 0; client < 10_000; client++) await asks(client);
    await expect(asks(0)).rejects.toMatchObject({ kind: "rate-limited" });
    await asks(10_000);
    await asks(0);
  });
});

describe("who asks", () => {
  const from = (remoteAddress: string, forwarded?: string): AppContext =>
    ({
      env: { incoming: { socket: { remoteAddress } } },
      req: { header: () => forwarded },
    }) as unknown as AppContext;

  test("is the socket, whatever X-Forwarded-For claims", () => {
    expect(clientAddress(from("203.0.113.9", "1.2.3.4"), [])).toBe("203.0.113.9");
    expect(clientAddress(from("::ffff:203.0.113.9"), [])).toBe("203.0.113.9");
  });

  test("behind a trusted proxy it is the last address that is not a proxy's", () => {
    expect(clientAddress(from("10.0.0.1", "1.2.3.4, 198.51.100.7, 10.0.0.2"), ["10.0.0.1", "10.0.0.2"])).toBe(
      "198.51.100.7",
    );
    expect(clientAddress(from("10.0.0.1"), ["10.0.0.1"])).toBe("10.0.0.1");
  });

  test("a whole IPv6 network is one client", () => {
    expect(clientAddress(from("2001:db8:1:2:3:4:5:6"), [])).toBe("2001:db8:1:2::/64");
    expect(clientAddress(from("2001:db8:1:2::1"), [])).toBe("2001:db8:1:2::/64");
    expect(clientAddress(from("fe80::1%eth0"), [])).toBe("fe80:0:0:0::/64");
    expect(clientAddress(from("::1"), [])).toBe("0:0:0:0::/64");
  });
});

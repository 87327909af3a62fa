import { connect } from "node:net";
import { PlatformError } from "@smp/schemas";
import { afterEach, describe, expect, test } from "vitest";
import { readConfig } from "../src/config.ts";
import { startApi, type RunningApi } from "../src/start.ts";
import { FakeStore } from "./fake-store.ts";
import {
  ADMIN_TOKEN,
  configOf,
  METER,
  MIDNIGHT,
  NOW,
  reading,
  readings,
  silent,
  storeWithAdmin,
} from "./fixture.ts";
import { EventReader } from "./sse.ts";

const running: RunningApi[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((api) => api.close()));
});
async function start(
  limits: Parameters<typeof configOf>[0] = {},
): Promise<{ api: RunningApi; store: FakeStore }> {
  const store = storeWithAdmin();
  await store.putDocument({ kind: "meter", id: METER, value: { visibility: "open" }, t: 0 });
  await store.append(readings(MIDNIGHT, NOW));
  const api = await startApi(configOf(limits), { store, logger: silent });
  running.push(api);
  return { api, store };
}
const listeners = async (api: RunningApi): Promise<string | undefined> =>
  /^smp_live_listeners (\d+)$/m.exec(await (await fetch(`${api.url}/metrics`)).text())?.[1];
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Sends bytes as they are, and returns what the server answered until it closed the connection. */
const send = (api: RunningApi, bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(api.port, "127.0.0.1", () => socket.write(bytes));
    let answer = "";
    socket.setEncoding("latin1").on("data", (text: string) => (answer += text));
    socket.on("close", () => resolve(answer)).on("error", reject);
  });

describe("over a socket", () => {
  test("it answers on a free port of its own address", async () => {
    const { api } = await start();
    expect(api.url).toBe(`http://127.0.0.1:${api.port}`);
    expect(await (await fetch(`${api.url}/v1/meters/${METER}/latest`)).json()).toMatchObject({
      meter: METER,
    });
  });

  test("a balancer's health check in HTTP/1.0, without a Host, is answered", async () => {
    const { api } = await start();
    expect(await send(api, "GET /healthz HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 /);
  });

  test("a live stream gives its first event at once, and its place back when the client leaves", async () => {
    const { api, store } = await start();
    const leaving = new AbortController();
    const response = await fetch(`${api.url}/v1/meters/${METER}/live`, { signal: leaving.signal });
    const reader = new EventReader(response);
    expect((await reader.next("reading"))!.data).toMatchObject({ meter: METER });
    await store.append([reading(NOW, { "1-0:16.7.0": 77 })]);
    expect((await reader.next("reading"))!.data).toMatchObject({ power_w: 77 });
    expect(await listeners(api)).toBe("1");
    leaving.abort();
    await until(async () => (await listeners(api)) === "0");
  });

  test("a live stream is not compressed, so that events arrive when they happen", async () => {
    const { api } = await start();
    const response = await fetch(`${api.url}/v1/meters/${METER}/live`, {
      headers: { "accept-encoding": "gzip" },
    });
    expect(response.headers.get("content-encoding")).toBeNull();
    await response.body!.cancel();
  });

  test("closing ends live streams, and a second time does nothing", async () => {
    const { api } = await start();
    const reader = new EventReader(await fetch(`${api.url}/v1/meters/${METER}/live`));
    await reader.next("reading");
    const started = Date.now();
    await Promise.all([api.close(), api.close()]);
    expect(Date.now() - started).toBeLessThan(900);
    while (await reader.next()) {
      // To the end of what was under way.
    }
    await expect(fetch(`${api.url}/healthz`)).rejects.toThrow();
  });

  test("a path that climbs out of the app's folder reaches nothing", async () => {
    const { api } = await start();
    const answer = await send(
      api,
      "GET /../../../../etc/passwd HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    );
    expect(answer).toMatch(/^HTTP\/1.1 404/);
    expect(answer).not.toContain("root:");
  });

  test.each([
    [
      "a head that is too large",
      `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(10_000)}\r\n\r\n`,
      /^HTTP\/1.1 431/,
    ],
    ["what is not HTTP", "\x16\x03\x01\x02\x00\x01\r\n\r\n", /^HTTP\/1.1 400/],
    [
      "two lengths",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      /^HTTP\/1.1 400/,
    ],
    ["a request without a host", "GET / HTTP/1.1\r\n\r\n", /^HTTP\/1.1 400/],
  ])("%s is refused and the server lives", async (_, bytes, status) => {
    const { api } = await start();
    expect(await send(api, bytes)).toMatch(status);
    expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
  });

  test("bodies are read whether or not their length is told, up to the limit, and need not be there", async () => {
    const { api } = await start();
    const authorization = `Bearer ${ADMIN_TOKEN}`;
    const ask = async (method: string, path: string, body?: string[]): Promise<number> => {
      const stream = body && new Blob(body).stream();
      const response = await fetch(api.url + path, {
        method,
        headers: { authorization, "content-type": "application/json" },
        ...(stream ? { body: stream, duplex: "half" } : {}),
      } as RequestInit);
      await response.arrayBuffer();
      return response.status;
    };
    expect(await ask("POST", "/v1/tokens", ['{"name":', '"chunked"}'])).toBe(201);
    expect(await ask("POST", "/v1/tokens", [])).toBe(400);
    expect(await ask("DELETE", "/v1/tokens/000000000000")).toBe(404);
    expect(await ask("DELETE", `/v1/meters/${METER}`)).toBe(202);
    expect(await ask("PATCH", `/v1/meters/${METER}`, ["{}"])).toBe(404);
    const large = await ask("POST", "/v1/tokens", ["x".repeat(20_000)]).catch(() => 413);
    expect(large).toBe(413);
    expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
  });

  test("200 requests at once are answered", async () => {
    const { api } = await start({ requestsPerMinute: 0, queryWaitMs: 60_000, queryMs: 60_000 });
    const answers = await Promise.all(
      Array.from(
        { length: 200 },
        async () =>
          (await fetch(`${api.url}/v1/meters/${METER}/energy?resolution=1h&from=2026-03-29&to=2026-03-30`))
            .status,
      ),
    );
    expect(new Set(answers)).toEqual(new Set([200]));
  }, 120_000);
});

test("a taken port is named with the setting to change", async () => {
  const { api } = await start();
  const second = startApi({ ...configOf(), port: api.port }, { store: new FakeStore(), logger: silent });
  await expect(second).rejects.toThrow(PlatformError);
  await expect(second).rejects.toThrow(/SMP_HTTP_PORT/);
});

describe("settings", () => {
  test("have defaults for one's own machine only", () => {
    const config = readConfig({});
    expect(config).toMatchObject({
      host: "127.0.0.1",
      port: 8080,
      timeZone: "Europe/Vienna",
      trustedProxies: [],
    });
    expect(config.appDir).toBeUndefined();
    expect(config.limits).toMatchObject({
      requestsPerMinute: 600,
      listenersMax: 1_000,
      listenersPerAddressMax: 10,
      heartbeatMs: 15_000,
    });
  });

  test("are read from the environment", () => {
    const config = readConfig({
      SMP_HTTP_PORT: "0",
      SMP_TIME_ZONE: "Asia/Kathmandu",
      SMP_APP_DIR: "web",
      SMP_HTTP_TRUSTED_PROXIES: "10.0.0.1, 10.0.0.2",
    });
    expect(config).toMatchObject({
      port: 0,
      timeZone: "Asia/Kathmandu",
      appDir: "web",
      trustedProxies: ["10.0.0.1", "10.0.0.2"],
    });
  });

  test("refuse networks and names as trusted proxies, which would be nobody's address", () => {
    for (const wrong of ["172.20.0.0/16", "proxy", "10.0.0.1 10.0.0.2"])
      expect(() => readConfig({ SMP_HTTP_TRUSTED_PROXIES: `10.0.0.1,${wrong}` })).toThrow(
        `SMP_HTTP_TRUSTED_PROXIES has "${wrong}"`,
      );
    expect(readConfig({ SMP_HTTP_TRUSTED_PROXIES: "::1,10.0.0.1," }).trustedProxies).toEqual([
      "::1",
      "10.0.0.1",
    ]);
  });

  test("that are wrong are all reported at once", () => {
    expect(() =>
      readConfig({ SMP_HTTP_PORT: "99999", SMP_TIME_ZONE: "Mars/Base", SMP_HTTP_QUERIES: "0" }),
    ).toThrow(/SMP_HTTP_PORT.*\n.*SMP_TIME_ZONE.*\n.*SMP_HTTP_QUERIES/s);
  });
});

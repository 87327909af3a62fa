import { EventEmitter, once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tariff, TimeOfUsePrice } from "@smp/schemas/api";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { guardConnections } from "../../src/limits/connections.ts";
import { startApi, type RunningApi } from "../../src/start.ts";
import type { FakeStore } from "../fake-store.ts";
import {
  ADMIN_TOKEN,
  anonymousFixture,
  configOf,
  METER,
  MIDNIGHT,
  NOW,
  readings,
  silent,
  storeWithAdmin,
} from "../fixture.ts";
import { tariff } from "../tariff.ts";

// Clients without a token that want the platform to stop.
const running: RunningApi[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(running.splice(0).map((api) => api.close()));
});
const OPEN = { kind: "meter", id: METER, value: { visibility: "open" }, t: 0 };

async function start(
  limits: Parameters<typeof configOf>[0] = {},
): Promise<{ api: RunningApi; store: FakeStore }> {
  const store = storeWithAdmin();
  await store.putDocument(OPEN);
  await store.append(readings(MIDNIGHT, NOW));
  const api = await startApi(configOf(limits), { store, logger: silent });
  running.push(api);
  return { api, store };
}
function open(port: number, text = ""): Socket {
  const socket = connect(port, "127.0.0.1");
  sockets.push(socket.on("error", () => undefined));
  socket.write(text);
  return socket;
}
/** The status of the answer to bytes as they are. */
async function statusOf({ port }: RunningApi, text: string): Promise<number> {
  const socket = open(port, text);
  const [answer] = (await once(socket, "data")) as [Buffer];
  return Number(/^HTTP\/1\.1 (\d+)/.exec(String(answer))?.[1]);
}
const get = (path: string, ...headers: string[]): string =>
  [`GET ${path} HTTP/1.1`, ...headers, "", ""].join("\r\n");

describe("figures for this machine", () => {
  test.each([
    ["localhost:8080", [], 200],
    ["127.0.0.1:8080", [], 200],
    ["[::1]:8080", [], 200],
    ["evil.example:8080", [], 401],
    ["localhost:8080", ["Origin: https://evil.example"], 401],
    ["localhost:8080", ["Origin: null"], 401],
  ])("asked as %s with %j are answered %i", async (host, headers, status) => {
    const { api } = await start();
    expect(await statusOf(api, get("/metrics", `Host: ${host}`, ...headers))).toBe(status);
  });
});

/** As many components as the schema allows, each with as many zones. */
function heavy(zones: number): Tariff {
  const component = (name: string): TimeOfUsePrice => ({
    name,
    kind: "time-of-use",
    zones: Array.from({ length: zones }, (_, index) => ({
      name: `zone ${index}`,
      price: "0.1",
      days: ["holiday"],
      months: [1 + (index % 12)],
      from: "00:15",
      to: "00:00",
    })),
    otherwise: { name: "else", price: "0.2" },
  });
  const components = Array.from({ length: 20 }, (_, index) => component(`component ${index}`));
  return tariff({ import: components, export: components });
}

describe("a preview of an open meter", () => {
  const preview = async (body: object): Promise<Response> => {
    const { app, store } = anonymousFixture();
    await store.putDocument(OPEN);
    await store.append(readings(MIDNIGHT, NOW));
    return app.request(`/v1/meters/${METER}/cost/preview`, { method: "POST", body: JSON.stringify(body) });
  };

  test.each(["15m", "1h", "day"])(
    "by %s is refused where it would be an answer of a hundred megabytes",
    async (resolution) => {
      const to = resolution === "15m" ? "2026-06-01" : "2026-12-30";
      const answer = await preview({ tariff: heavy(50), from: "2026-03-01", to, resolution });
      expect(answer.status).toBe(422);
      expect(await answer.json()).toMatchObject({ type: "/problems/range-too-large" });
    },
  );
});

test.each([
  [9, 422],
  [8, 200],
])("a preview of a year with %i components that nobody answers for is answered %i", async (count, status) => {
  const { app, store } = anonymousFixture();
  await store.putDocument(OPEN);
  await store.append(readings(MIDNIGHT, NOW));
  const names = Array.from({ length: count }, (_, index) => `component ${index}`);
  const fixed = names.map((name) => ({ name, kind: "fixed" as const, price: "0.1" }));
  const year = { from: "2025-04-01", to: "2026-04-01", resolution: "month" };
  const body = JSON.stringify({ tariff: tariff({ import: fixed, export: [] }), ...year });
  const ask = (headers: Record<string, string>) =>
    app.request(`/v1/meters/${METER}/cost/preview`, { method: "POST", headers, body });
  expect((await ask({})).status).toBe(status);
  expect((await ask({ authorization: `Bearer ${ADMIN_TOKEN}` })).status).toBe(200);
});

test("a header of blanks costs no second of the processor", async () => {
  const appDir = await mkdtemp(join(tmpdir(), "smp-app-"));
  onTestFinished(() => rm(appDir, { recursive: true, force: true }));
  await writeFile(join(appDir, "index.html"), "<!doctype html>");
  const { app } = anonymousFixture({}, { appDir });
  const headers = { "if-none-match": `"a"${" ".repeat(8_000)}"b"` };
  const before = process.cpuUsage();
  for (let count = 0; count < 60; count++) expect((await app.request("/", { headers })).status).toBe(200);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1e6).toBeLessThan(1);
});

test("a body without a length is not held for somebody who may send none", async () => {
  const { api } = await start();
  const chunk = `${(60_000).toString(16)}\r\n${"x".repeat(60_000)}\r\n`;
  const head = "PUT /v1/tariffs/haus HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  expect(await statusOf(api, head + chunk)).toBe(413);
});

test("one client has so many files under way, and gets the next one when another has ended", async () => {
  const { api, store } = await start({ queriesMax: 30, queryMs: 60_000 });
  const file = `${api.url}/v1/meters/${METER}/readings?format=ndjson&from=2026-03-29`;
  expect((await fetch(file)).status).toBe(200);
  let release!: () => void;
  const held = new Promise<void>((resolve) => (release = resolve));
  store.before = () => held;
  const leaving = new AbortController();
  const waiting = Array.from({ length: 8 }, () => fetch(file, { signal: leaving.signal }));
  const asked = async (): Promise<number> =>
    (await fetch(file, { signal: AbortSignal.timeout(200) }).catch(() => undefined))?.status ?? 0;
  while ((await asked()) !== 429);
  leaving.abort();
  release();
  await Promise.allSettled(waiting);
  while ((await asked()) !== 200);
});

test("a network has so many connections, unless it is this machine or a trusted proxy", () => {
  const server = new EventEmitter() as Server;
  const limits = { perNetworkMax: 1, trustedProxies: ["10.0.0.1"], logger: silent };
  onTestFinished(guardConnections(server, limits).stop);
  const isLetIn = (remoteAddress: string): boolean => {
    const socket = Object.assign(new EventEmitter(), {
      remoteAddress,
      destroy: (): void => void socket.emit("close"),
    });
    let isOpen = true;
    socket.once("close", () => (isOpen = false));
    server.emit("connection", socket);
    return isOpen;
  };
  const addresses = ["203.0.113.9", "127.0.0.1", "10.0.0.1"];
  expect(addresses.map(isLetIn)).toEqual([true, true, true]);
  expect(addresses.map(isLetIn)).toEqual([false, true, true]);
});

test("readers who take nothing lose their answers when too many wait, and the others get theirs", async () => {
  const answer = Buffer.alloc(24 * 2 ** 20);
  const broken: Socket[] = [];
  const server = createServer((_request, response) => void response.end(answer));
  server.on("connection", (socket) => void socket.once("close", () => broken.push(socket)));
  const { stop } = guardConnections(server, {
    perNetworkMax: 1,
    trustedProxies: [],
    logger: silent,
    waitingBytesMax: 2.5 * answer.length,
    lookMs: 20,
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  for (let count = 0; count < 6; count++) {
    const socket = open(port, get("/", "Host: a"));
    await once(socket, "connect");
    socket.pause();
  }
  while (broken.length < 4) await new Promise((resolve) => setTimeout(resolve, 10));
  expect((await (await fetch(`http://127.0.0.1:${port}/`)).arrayBuffer()).byteLength).toBe(answer.length);
  stop();
  server.closeAllConnections();
  server.close();
});

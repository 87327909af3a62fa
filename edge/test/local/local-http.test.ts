import { get } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { localApp, startLocalHttp } from "../../src/local/local-http.ts";
import type { EdgeStatus } from "../../src/local/status.ts";

const T = Date.UTC(2026, 5, 1);
const status = (change: Partial<EdgeStatus> = {}): EdgeStatus => ({
  device: "house-7",
  meters: [
    {
      name: "main",
      bytes: 282,
      discardedBytes: 0,
      frames: 2,
      badChecksums: 0,
      telegrams: 1,
      missed: 0,
      faults: { "line-quality": 2 },
      lastByte: 1,
      problem: undefined,
      ended: false,
    },
  ],
  journal: {
    pending: 3,
    bytes: 400,
    lastSequence: 9,
    acknowledged: 6,
    dropped: 0,
    damaged: 0,
    failure: undefined,
  },
  broker: {
    connected: true,
    connections: 1,
    messages: 6,
    readings: 6,
    problems: 0,
    certificateExpires: T,
    failure: undefined,
  },
  ...change,
});
const latest = () => [{ name: "main", m: "1KFM0200123456", t: T, received: T, r: { "1-0:1.8.0": 12_345 } }];
const ask = (path: string, now: EdgeStatus = status(), host = "localhost:9110") =>
  localApp({ status: () => now, latest }).request(path, { headers: { host } });

test("health is ok while meters speak and the disk takes readings, with or without a broker", async () => {
  const response = await ask("/healthz");
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({
    status: "ok",
    problems: [],
    device: "house-7",
    broker: "connected",
    pending: 3,
  });
  const away = { ...status().broker, connected: false } as EdgeStatus["broker"];
  expect(await (await ask("/healthz", status({ broker: away }))).json()).toMatchObject({
    status: "ok",
    broker: "away",
  });
  expect(await (await ask("/healthz", status({ broker: undefined }))).json()).toMatchObject({
    status: "ok",
    broker: "detached",
  });
});

test("a meter with a problem or a full disk is a failure, in words", async () => {
  const silent = status({
    meters: status().meters.map((meter) => ({ ...meter, problem: "no byte for a minute" })),
    journal: { ...status().journal, failure: "ENOSPC" },
  });
  const response = await ask("/healthz", silent);
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({
    status: "failing",
    problems: ["main: no byte for a minute", "the journal cannot write: ENOSPC"],
  });
});

test("the newest values of each meter", async () => {
  expect(await (await ask("/latest")).json()).toEqual(latest());
});

test("metrics count the same things on every visit", async () => {
  const app = localApp({ status, latest });
  const visit = async (): Promise<string> =>
    (await app.request("/metrics", { headers: { host: "127.0.0.1" } })).text();
  await visit();
  const text = await visit();
  for (const line of [
    'smp_edge_telegrams_total{meter="main"} 1',
    'smp_edge_faults_total{meter="main",code="line-quality"} 2',
    "smp_edge_journal_pending 3",
    "smp_edge_connected 1",
    `smp_edge_certificate_expires_seconds ${T / 1_000}`,
    "smp_edge_acknowledged_readings_total 6",
  ])
    expect(text.split("\n")).toContain(line);
  expect(text).toContain("process_resident_memory_bytes");
});

test("a web page under another name sees nothing of the household", async () => {
  for (const host of ["evil.example", "evil.example:9110", "localhost.evil.example", ""]) {
    const response = await ask("/latest", status(), host);
    expect(response.status).toBe(403);
    expect(await response.text()).not.toContain("12345");
  }
  expect((await ask("/latest", status(), "[::1]:9110")).status).toBe(200);
});

test("it listens on loopback only, and a taken port is named with its setting", async () => {
  const server = await startLocalHttp(0, { status, latest });
  onTestFinished(() => server.close());
  await new Promise<void>((resolve, reject) => {
    get({ host: "127.0.0.1", port: server.port, path: "/healthz" }, (response) => {
      expect(response.socket.localAddress).toBe("127.0.0.1");
      response.resume().once("end", resolve);
    }).once("error", reject);
  });
  await expect(startLocalHttp(server.port, { status, latest })).rejects.toThrow(
    /is taken: set SMP_EDGE_HTTP_PORT/,
  );
});

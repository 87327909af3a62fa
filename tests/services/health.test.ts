import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, rm } from "node:fs/promises";
import { request, type IncomingMessage } from "node:http";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { addService, initCa } from "@smp/certs";
import type { Check, CheckResult } from "@smp/schemas";
import { expect, onTestFinished, test, vi } from "vitest";
import { openHealth, startHealth } from "../../services/process/health.ts";
import { freePort, until } from "../support/platform-process.ts";

/** The health side of a process whose parts are as the test says. */
async function healthOf(
  checks: Record<string, Check>,
  metrics: () => Promise<string> = () => Promise.resolve(""),
  alive?: Check,
): Promise<(path: string) => Promise<{ status: number; text: string }>> {
  const health = await startHealth(
    { host: "127.0.0.1", port: 0 },
    { checks, metrics, checkMs: 50, ...(alive && { alive }) },
  );
  onTestFinished(() => health.close());
  return async (path) => {
    const answer = await fetch(`http://127.0.0.1:${health.port}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
}
const well = (): Promise<CheckResult> => Promise.resolve({ ok: true });

test("a loader that loads nothing is a figure, for it has no other by which somebody could be called", async () => {
  const load = (): Promise<CheckResult> => Promise.resolve({ ok: false, detail: "The store takes nothing" });
  const ask = await healthOf({ load, log: well }, () => Promise.resolve("own 1\n"));
  const { status, text } = await ask("/metrics");
  expect(status).toBe(200);
  expect(text.split("\n")).toEqual(
    expect.arrayContaining([
      "own 1",
      "# TYPE smp_ready gauge",
      'smp_ready{part="load"} 0',
      'smp_ready{part="log"} 1',
    ]),
  );
  expect(await ask("/readyz")).toMatchObject({ status: 503 });
  expect(await ask("/healthz")).toMatchObject({ status: 200 });
});

test("a part that is not ready is alive; one that does not answer is not, and is named", async () => {
  const away = (): Promise<CheckResult> => Promise.resolve({ ok: false, detail: "Kafka takes nothing" });
  let alive: CheckResult = { ok: true };
  const ask = await healthOf({ log: away }, undefined, () => Promise.resolve(alive));
  expect(await ask("/healthz")).toEqual({ status: 200, text: "ok\n" });
  alive = { ok: false, detail: "process 2: no answer" };
  await expect.poll(() => ask("/healthz")).toEqual({ status: 503, text: "process 2: no answer\n" });
});

test("whoever asks, and however often, the store is asked once in half a second", async () => {
  const questions = { ready: 0, alive: 0 };
  const counted = (question: keyof typeof questions) => async (): Promise<CheckResult> => {
    questions[question] += 1;
    return { ok: true };
  };
  const ask = await healthOf({ store: counted("ready") }, undefined, counted("alive"));
  await Promise.all(Array.from({ length: 20 }, () => Promise.all([ask("/readyz"), ask("/healthz")])));
  await ask("/metrics");
  expect(questions.ready).toBeLessThan(5);
  expect(questions.alive).toBeLessThan(5);
});

test.each([
  ["localhost", 200],
  ["[::1]:9100", 200],
  [hostname(), 200],
  ["metrics.evil.example", 403],
  ["127.0.0.1.evil.example", 403],
])("a browser of this machine that asks by the name %s is answered %i", async (host, expected) => {
  const health = await startHealth(
    { host: "127.0.0.1", port: 0 },
    { checks: { log: well }, metrics: () => Promise.resolve("") },
  );
  onTestFinished(() => health.close());
  for (const path of ["/healthz", "/readyz", "/metrics"]) {
    const [answer] = (await once(
      request({ port: health.port, host: "127.0.0.1", path, headers: { host } }).end(),
      "response",
    )) as [IncomingMessage];
    answer.resume();
    expect(answer.statusCode).toBe(expected);
  }
});

test("figures that cannot be told are an answer, and not the end of the process", async () => {
  const ask = await healthOf({ log: well }, () => Promise.reject(new Error("no figures")));
  expect(await ask("/metrics")).toEqual({ status: 500, text: "Error: no figures\n" });
  expect(await ask("/readyz")).toMatchObject({ status: 200 });
});

test("a part that does not answer is not ready, and keeps nobody waiting", async () => {
  const ask = await healthOf({ store: () => new Promise(() => undefined) });
  const { status, text } = await ask("/readyz");
  expect(status).toBe(503);
  expect(JSON.parse(text)).toMatchObject({
    checks: { store: { ok: false, detail: "no answer within 50 ms" } },
  });
});

test("every process tells what it takes itself: memory, files, and the delay of its event loop", async () => {
  vi.stubEnv("SMP_HEALTH_PORT", "0");
  onTestFinished(() => void vi.unstubAllEnvs());
  const health = await openHealth({ log: well }, () => Promise.resolve("own 1\n"));
  onTestFinished(() => health.close());
  const text = await (await fetch(`http://127.0.0.1:${health.port}/metrics`)).text();
  for (const name of ["process_resident_memory_bytes", "process_open_fds", "process_max_fds"])
    expect(text).toMatch(new RegExp(`^${name} \\d`, "m"));
  expect(text).toContain("nodejs_eventloop_lag_p99_seconds");
  expect(text).toContain("own 1\n");
});

/** A broker of which the test has the outputs, and waits until it answers. */
async function spawnBroker(
  kafka: string,
  output: number | "ignore",
): Promise<{ child: ChildProcess; ended: Promise<[code: number | null]> }> {
  const dir = await mkdtemp(join(tmpdir(), "smp-full-log-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  await initCa({ dir: join(dir, "pki") });
  await addService({ dir: join(dir, "pki"), id: "broker", hostnames: ["localhost"] });
  const port = await freePort();
  const child = spawn(process.execPath, ["dist/smp.js", "broker"], {
    env: {
      ...process.env,
      KAFKA_BROKERS: kafka,
      SMP_DATA_DIR: dir,
      SMP_MQTT_PORT: "0",
      SMP_HEALTH_PORT: String(port),
      SMP_LOG_LEVEL: "info",
    },
    stdio: ["ignore", output, output],
  });
  const ended = once(child, "exit") as Promise<[number | null]>;
  onTestFinished(() => void child.kill("SIGKILL"));
  const answers = (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${port}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until("the broker", async () => child.exitCode !== null || (await answers()));
  return { child, ended };
}

test("a broker whose log cannot be written, because that disk is full, goes on", async () => {
  const full = await open("/dev/full", "w");
  onTestFinished(() => full.close());
  // It says that it listens before it answers.
  const { child, ended } = await spawnBroker("127.0.0.1:1", full.fd);
  expect(child.exitCode).toBeNull();
  child.kill("SIGTERM");
  expect((await ended)[0]).toBe(0);
});

test("a broker whose Kafka takes connections and says nothing ends in order all the same", async () => {
  const peers: Socket[] = [];
  const hanging = createServer((socket) => void peers.push(socket.on("error", () => undefined).resume()));
  await once(hanging.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    for (const peer of peers) peer.destroy();
    hanging.close();
  });
  const { child, ended } = await spawnBroker(
    `127.0.0.1:${(hanging.address() as AddressInfo).port}`,
    "ignore",
  );
  await until("it to ask", async () => peers.length > 0);
  child.kill("SIGTERM");
  expect((await ended)[0]).toBe(0);
});

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pino } from "pino";
import type { EdgeConfig } from "../src/config/config.ts";
import type { MeterConfig } from "../src/config/meter-config.ts";
import { startEdge } from "../src/start.ts";
import { simulatedTransport } from "../src/transport/simulated.ts";
import { eventually } from "./eventually.ts";
import { testCa, writeBundle } from "./publisher/certificates.ts";
import { scriptedBroker } from "./publisher/scripted-broker.ts";
import { scratch } from "./journal/scratch.ts";

const KEY = "36c66639e48a8ca4d6bc8b282a793bbb";
const log = pino({ level: "silent" });

const config = (dataDirectory: string, url?: string): EdgeConfig => ({
  device: "house-7",
  dataDirectory,
  ...(url !== undefined && { broker: { url } }),
  journal: { daysMax: 30, bytesMax: 64 << 20, drain: "oldest-first", drainPerSecond: 1_000 },
  httpPort: 0,
  meters: [{ name: "main", key: { hex: KEY }, timeZone: "Europe/Vienna", intervalSeconds: 0 }],
});

const simulated = (count: number) => ({
  main: simulatedTransport({
    key: KEY,
    dialect: "netz-noe",
    pace: "fast",
    count,
    fromMs: Date.UTC(2026, 5, 1),
  }),
});

test("a simulated meter's encrypted telegrams arrive at the broker as readings, each once", async () => {
  const broker = await scriptedBroker();
  const edge = await startEdge(config(await scratch(), broker.url), { log, transports: simulated(200) });
  await edge.finished;
  expect(edge.latest()).toHaveLength(1);
  expect(Object.keys(edge.latest()[0]?.r ?? {})).toContain("1-0:1.8.0");
  const health = await fetch(`http://127.0.0.1:${edge.httpPort}/healthz`);
  expect(health.status).toBe(200);
  await edge.close();
  expect(broker.sequences()).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  const statuses = broker.acknowledged.filter(({ topic }) => topic === "sm/v1/house-7/status");
  expect(statuses.map(({ payload }) => payload.toString())).toEqual(["online", "offline"]);
  const infos = broker.acknowledged.filter(({ topic }) => topic === "sm/v1/house-7/info");
  expect(JSON.parse(infos.at(-1)?.payload.toString() ?? "{}")).toMatchObject({
    model: "smp-edge",
    meters: ["181220200001"],
  });
});

test("without a broker readings stay in the journal, and go out when there is one", async () => {
  const directory = await scratch();
  const detached = await startEdge(config(directory), { log, transports: simulated(50) });
  await detached.finished;
  expect(detached.status()).toMatchObject({ broker: undefined, journal: { pending: 50 } });
  await detached.close();
  const broker = await scriptedBroker();
  const edge = await startEdge(config(directory, broker.url), { log, transports: simulated(0) });
  await edge.finished;
  await edge.close();
  expect(broker.sequences()).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
});

test("a certificate that did not survive a power cut does not end the reading of the meter", async () => {
  const [directory, certificates] = [await scratch(), await scratch()];
  const pki = testCa();
  const bundle = pki.issue("house-7");
  const server = pki.issue("localhost");
  const broker = await scriptedBroker({ ca: pki.ca, cert: server.cert, key: server.key });
  const { device: _device, ...nameless } = config(directory);
  const settings = { ...nameless, broker: { url: broker.url, certificates } };
  await writeBundle(certificates, pki.ca, bundle);
  const limits = { reconnectFirstMsMax: 20, reconnectMsMax: 20, drainPerSecond: 1_000 };
  const first = await startEdge(settings, { log, limits, transports: simulated(20) });
  await first.finished;
  await first.close();
  await writeFile(join(certificates, "client.crt"), "");
  const second = await startEdge(settings, { log, limits, transports: simulated(30) });
  await eventually(() => expect(second.status().journal.pending).toBe(30));
  expect(second.device).toBe("house-7");
  await writeBundle(certificates, pki.ca, bundle);
  await second.finished;
  await second.close();
  expect(broker.sequences()).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  // Where no reading was ever kept, a wrong folder is told at once.
  await writeFile(join(certificates, "client.crt"), "");
  const elsewhere = { ...settings, dataDirectory: await scratch() };
  await expect(startEdge(elsewhere, { log, transports: simulated(1) })).rejects.toThrow(
    /no certificate in PEM/,
  );
});

test("a capture is read to its end, and closing twice is closing once", async () => {
  const directory = await scratch();
  const capture = join(directory, "capture.bin");
  const bytes: Uint8Array[] = [];
  for await (const chunk of simulated(3).main.bytes(new AbortController().signal)) bytes.push(chunk);
  await writeFile(capture, Buffer.concat(bytes));
  const settings = config(directory);
  const [meter] = settings.meters;
  const edge = await startEdge(
    { ...settings, meters: [{ ...(meter as MeterConfig), source: { kind: "replay", path: capture } }] },
    { log },
  );
  await edge.finished;
  expect(edge.status().journal.pending).toBe(3);
  const start = performance.now();
  await edge.close();
  await edge.close();
  expect(performance.now() - start).toBeLessThan(2_000);
});

test.each([
  [
    "a folder that cannot be",
    { dataDirectory: "/dev/null/edge" },
    /journal in .* cannot be opened .*SMP_DATA_DIR/,
  ],
  ["no name and no certificate", { device: undefined }, /needs a name/],
  ["a key that is a placeholder", { key: { hex: "00".repeat(16) } }, /placeholder/],
  ["a meter without a source", { name: "other" }, /meter "other" has no source/],
])("%s stops it at once, with what to do", async (_case, change, expected) => {
  const settings = config(await scratch());
  const { dataDirectory = settings.dataDirectory, ...rest } = change as {
    dataDirectory?: string;
    device?: undefined;
  };
  const { device: _device, ...nameless } = settings;
  const base: EdgeConfig = "device" in change ? nameless : settings;
  const meters = settings.meters.map((meter) => ({ ...meter, ...rest, device: undefined }));
  await expect(
    startEdge({ ...base, dataDirectory, meters }, { log, transports: simulated(1) }),
  ).rejects.toThrow(expected);
});

test("a taken port stops it, and lets the journal go", async () => {
  const directory = await scratch();
  const first = await startEdge(config(directory), { log, transports: simulated(1) });
  const other = { ...config(directory), device: "house-8", httpPort: first.httpPort ?? 0 };
  await expect(startEdge(other, { log, transports: simulated(1) })).rejects.toThrow(/is taken/);
  const second = await startEdge({ ...other, httpPort: 0 }, { log, transports: simulated(1) });
  await expect(startEdge(config(directory), { log, transports: simulated(1) })).rejects.toThrow(
    /in use by another process/,
  );
  await Promise.all([first.close(), second.close()]);
});

import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { addDevice, initCa, pkiPaths, readRegistry, stateOf } from "@smp/certs";
import { simulatedTransport, startEdge } from "@smp/edge";
import { DAY_MS } from "@smp/schemas";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { readConfig } from "../../embedded/config.ts";
import { startPlatform } from "../../start.ts";
import { until } from "../support/platform-process.ts";

const KEY = "36c66639e48a8ca4d6bc8b282a793bbb";
const log = pino({ level: "silent" });

test("an edge whose certificate is due renews it at the platform, and goes on with the new one, losing nothing", async () => {
  const dir = await mkdtemp(join(tmpdir(), "smp-renewal-platform-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const pki = join(dir, "pki");
  await initCa({ dir: pki, now: new Date(Date.now() - 10 * DAY_MS) });
  const platform = await startPlatform(
    readConfig({
      SMP_DATA_DIR: dir,
      SMP_HTTP_PORT: "0",
      SMP_MQTT_PORT: "0",
      SMP_MQTT_HOST: "127.0.0.1",
      SMP_EST_PORT: "0",
      SMP_SIMULATE: "false",
    }),
    log,
  );
  onTestFinished(() => platform.close());
  // Of its three days more than two are over.
  const { files, certificate } = await addDevice({
    dir: pki,
    id: "house-7",
    days: 3,
    now: new Date(Date.now() - 2.5 * DAY_MS),
  });
  const edge = await startEdge(
    {
      dataDirectory: join(dir, "edge"),
      broker: {
        url: `mqtts://localhost:${platform.mqttPort}`,
        certificates: dirname(files.cert),
        renewalUrl: `https://localhost:${platform.estPort}`,
      },
      journal: { daysMax: 30, bytesMax: 64 << 20, drain: "oldest-first", drainPerSecond: 1_000 },
      meters: [{ name: "main", key: { hex: KEY }, timeZone: "Europe/Vienna", intervalSeconds: 0 }],
    },
    {
      log,
      limits: { reconnectFirstMsMax: 50, reconnectMsMax: 50 },
      transports: {
        main: simulatedTransport({
          key: KEY,
          dialect: "netz-noe",
          pace: "fast",
          count: 300,
          fromMs: Date.now() - DAY_MS,
        }),
      },
    },
  );
  onTestFinished(() => edge.close());
  await edge.finished;
  await until("the session with the new certificate", async () => {
    const { connected, certificateExpires = 0 } = edge.status().broker ?? {};
    return connected === true && certificateExpires > Date.parse(certificate.notAfter);
  });
  expect(edge.status().broker).toMatchObject({ readings: 300, problems: 0 });
  expect(edge.status().journal.pending).toBe(0);
  const registered = (await readRegistry(pkiPaths(pki).registry)).filter(({ role }) => role === "device");
  expect(registered.map((one) => stateOf(one, new Date()))).toEqual(["active", "active"]);
  expect(new X509Certificate(await readFile(files.cert)).serialNumber).toBe(registered[1]?.serial);
});

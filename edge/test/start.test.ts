import { expect, test } from "vitest";
import { eventually } from "./eventually.ts";
import { pino } from "pino";
import type { EdgeConfig } from "../src/config.ts";
import { startEdge } from "../src/start.ts";
import { simulatedTransport } from "../src/transport/simulated.ts";
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
  await eventually(() =>
    expect(broker.acknowledged.some(({ topic }) => topic === "sm/v1/house-7/info")).toBe(true),
  );
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

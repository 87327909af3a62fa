import type { Client } from "aedes";
import { Gauge, Registry as MetricsRegistry } from "prom-client";
import { expect, test } from "vitest";
import { LIMITS } from "../src/limits.ts";
import { createSessions, type Session } from "../src/sessions.ts";
import { watchOver } from "../src/watch.ts";
import { scriptedIngest } from "./harness.ts";

const gauge = new Gauge({
  name: "sessions",
  help: "x",
  labelNames: ["role"],
  registers: [new MetricsRegistry()],
});

function connected(validUntil: number): { session: Session; closed: () => boolean; client: Client } {
  let closed = false;
  const client = {
    close: () => {
      closed = true;
    },
  } as unknown as Client;
  const identity = { role: "device", id: "m7", serial: "AA", validUntil } as const;
  const session = { identity, name: "device:m7", address: "", filters: new Set<string>(), ended: false };
  return { session, closed: () => closed, client };
}

test("a session ends when its certificate expires, and no other does", async () => {
  const sessions = createSessions({ registry: undefined, perIdentityMax: 8, limits: LIMITS, gauge });
  const [expiring, lasting] = [connected(Date.now() + 100), connected(Date.now() + 3_600_000)];
  for (const { client, session } of [expiring, lasting]) sessions.add(client, session);
  const reasons: string[] = [];
  const watch = watchOver({
    ingest: scriptedIngest(),
    registry: undefined,
    sessions,
    refuse: (refusal) => {
      reasons.push(refusal.reason);
      return refusal;
    },
    limits: { logAwayMs: 1_000, expirySweepMs: 20 },
  });
  expect(expiring.closed()).toBe(false);
  await expect.poll(expiring.closed).toBe(true);
  expect([expiring.session.ended, lasting.closed(), lasting.session.ended]).toEqual([true, false, false]);
  expect(reasons).toEqual(["certificate-expired"]);
  watch.stop();
});

test("the log is away only after it has been so for long, and not when it comes back", async () => {
  const ingest = scriptedIngest();
  const sessions = createSessions({ registry: undefined, perIdentityMax: 8, limits: LIMITS, gauge });
  const limits = { logAwayMs: 200, expirySweepMs: 1_000 };
  const watch = watchOver({ ingest, registry: undefined, sessions, refuse: (refusal) => refusal, limits });
  ingest.ready = false;
  expect(watch.isLogAway()).toBe(false);
  await expect.poll(watch.isLogAway, { timeout: 5_000 }).toBe(true);
  ingest.ready = true;
  expect(watch.isLogAway()).toBe(false);
  watch.stop();
});

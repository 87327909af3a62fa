import type { Client } from "aedes";
import { Gauge, Registry as MetricsRegistry } from "prom-client";
import { expect, test } from "vitest";
import { LIMITS } from "../../src/limits.ts";
import { createSessions, type Session } from "../../src/sessions/sessions.ts";
import { watchCertificates } from "../../src/sessions/watch.ts";

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
  const session = {
    identity,
    name: "device:m7",
    address: "",
    filters: new Set<string>(),
    beganNs: 0,
    held: 0,
    ended: false,
  };
  return { session, closed: () => closed, client };
}

test("N14: a session ends when its certificate expires, and no other does", async () => {
  const sessions = createSessions({ registry: undefined, limits: LIMITS, gauge });
  const [expiring, lasting] = [connected(Date.now() + 100), connected(Date.now() + 3_600_000)];
  for (const { client, session } of [expiring, lasting]) sessions.add(client, session);
  const reasons: string[] = [];
  const stop = watchCertificates({
    registry: undefined,
    sessions,
    refuse: (refusal) => {
      reasons.push(refusal.reason);
      return refusal;
    },
    limits: { expirySweepMs: 20 },
  });
  expect(expiring.closed()).toBe(false);
  await expect.poll(expiring.closed).toBe(true);
  expect([expiring.session.ended, lasting.closed(), lasting.session.ended]).toEqual([true, false, false]);
  expect(reasons).toEqual(["certificate-expired"]);
  stop();
});

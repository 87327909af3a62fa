import type { Client } from "aedes";
import { Gauge, Registry as MetricsRegistry } from "prom-client";
import { expect, test } from "vitest";
import type { Identity } from "../../src/identity/identity.ts";
import { LIMITS } from "../../src/limits.ts";
import type { Registry } from "../../src/registry/registry.ts";
import { certificateRefusal, createSessions } from "../../src/sessions/sessions.ts";

const device: Identity = { role: "device", id: "m7", serial: "AA", validUntil: 1_000 };

test("a certificate counts until the millisecond in which it expires", () => {
  expect(certificateRefusal(device, undefined, 999)).toBeUndefined();
  expect(certificateRefusal(device, undefined, 1_000)?.reason).toBe("certificate-expired");
});

test.each([
  ["its own", { id: "m7", role: "device", revoked: false }, undefined],
  ["its own, revoked", { id: "m7", role: "device", revoked: true }, "certificate-revoked"],
  ["another device's", { id: "m8", role: "device", revoked: false }, "certificate-unknown"],
  ["a consumer's of its name", { id: "m7", role: "consumer", revoked: false }, "certificate-unknown"],
] as const)(
  "a device whose certificate is %s by the registry is let in, or told why not",
  (_, known, reason) => {
    const registry: Registry = {
      find: () => known,
      readOn: async () => undefined,
      onChange: () => () => undefined,
      newest: () => [],
    };
    expect(certificateRefusal(device, registry, 0)?.reason).toBe(reason);
  },
);

test.each(["live/v1/#", "live/homeassistant/#"])(
  "who subscribes to %s is shown what other processes have",
  (filter) => {
    let listened = 0;
    const gauge = new Gauge({ name: "sessions", help: "x", labelNames: ["role"] as const, registers: [] });
    const sessions = createSessions({
      registry: undefined,
      limits: LIMITS,
      gauge,
      listened: () => void listened++,
    });
    const client = {} as Client;
    sessions.add(client, {
      identity: { ...device, role: "consumer", id: "home" },
      name: "consumer:home",
      address: "a",
      beganNs: 0,
      held: 0,
      ended: false,
      filters: new Set(),
    });
    sessions.subscribed(client, "sm/v1/m7/error");
    expect([listened, sessions.isListened()]).toEqual([0, false]);
    sessions.subscribed(client, filter);
    expect([listened, sessions.isListened()]).toEqual([1, true]);
  },
);

test("a session that is gone holds no place, and nobody is shown readings for its sake", () => {
  const registers = [new MetricsRegistry()];
  const gauge = new Gauge({ name: "sessions", help: "x", labelNames: ["role"] as const, registers });
  const sessions = createSessions({ registry: undefined, limits: LIMITS, gauge });
  const client = {} as Client;
  const state = (): unknown[] => [sessions.count, sessions.hasDevice("m7"), sessions.isListened()];
  const session = { identity: device, name: "device:m7", address: "a", beganNs: 0, held: 0, ended: false };
  sessions.add(client, { ...session, filters: new Set() });
  for (let time = 0; time < 2; time++) sessions.subscribed(client, "live/v1/m7");
  expect(state()).toEqual([1, true, true]);
  sessions.unsubscribed(client, ["live/v1/m7"]);
  expect(state()).toEqual([1, true, false]);
  sessions.subscribed(client, "live/v1/m7");
  sessions.remove(client);
  expect(state()).toEqual([0, false, false]);
});

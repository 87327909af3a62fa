import { expect } from "vitest";
import { until } from "./platform-process.ts";

export type Ask = <T>(path: string, init?: RequestInit) => Promise<T>;

/** Asks the API with a token; fails the test on any answer above 299. */
export const askAs =
  (url: string, token: string): Ask =>
  async <T>(path: string, init: RequestInit = {}): Promise<T> => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
    const response = await fetch(url + path, { ...init, headers });
    const text = await response.text();
    expect(response.status, `${path}: ${text.slice(0, 500)}`).toBeLessThan(300);
    return (response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text) as T;
  };

interface Registers {
  registers: Record<string, { value: number }>;
}

/**
 * The three extensions of docs/extend at work: a payload becomes a reading, a reading becomes an event and a derived
 * reading, and a page shows the meter. `publish` is the device `attic`.
 */
export async function expectExtensionsAtWork(ports: {
  ask: Ask;
  publish: (topic: string, payload: string) => Promise<unknown>;
}): Promise<void> {
  const { ask, publish } = ports;
  const valueOf = async (meter: string, code: string): Promise<number | undefined> =>
    (await ask<Registers>(`/v1/meters/${meter}/latest`).catch(() => undefined))?.registers[code]?.value;

  await publish("sm/v1/attic/raw/acme/state", "P=0.413;E=12345.679");
  await until("the input's reading", async () => (await valueOf("attic", "1-0:1.8.0")) === 12_345_679);

  const t = Date.now() - 60_000;
  await publish("sm/v1/attic/reading", JSON.stringify({ v: 1, t, r: { "1-0:32.7.0": 261.5 } }));
  await until(
    "the derived reading",
    async () => (await valueOf("x-overvoltage.attic", "x-max_voltage")) === 261.5,
  );
  await until("the processor's event", async () => {
    const { events } = await ask<{ events: { title: string }[] }>("/v1/events?meter=attic");
    return events.some(({ title }) => title === "attic had 261.5 V, more than 253 V.");
  });

  expect(await ask<string>("/x/display/today")).toMatch(/^attic: in /m);
}

import { readFileSync } from "node:fs";
import { ApiError, createClient } from "@smp/schemas/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { main } from "../../docs/use/client/today.ts";
import { startEmbedded, type Embedded } from "../support/embedded.ts";
import { until } from "../support/platform-process.ts";

// The client for app developers and its example, against the whole platform with the simulated meter.
const METER = /^simulated-kaifa/;
let platform: Embedded;
beforeAll(async () => {
  platform = await startEmbedded({ SMP_SIMULATE: "true" });
  const smp = createClient({ url: platform.httpUrl });
  await until("the simulated meter's first reading", async () => (await smp.listMeters()).meters.length > 0);
});
afterAll(() => platform.close());

describe("the typed client", () => {
  test("asks with path and query parameters, and has the answer's types", async () => {
    const smp = createClient({ url: `${platform.httpUrl}/` });
    const { meters } = await smp.listMeters();
    const [meter] = meters;
    expect(meter?.id).toMatch(METER);
    const energy = await smp.getEnergy({ id: meter?.id ?? "", resolution: "day", tz: "Asia/Kathmandu" });
    expect(energy).toMatchObject({ tz: "Asia/Kathmandu", resolution: "day", unit: "kWh" });
  });

  test("throws the server's own sentence", async () => {
    const smp = createClient({ url: platform.httpUrl });
    const failure = await smp.getMeter({ id: "nobody" }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApiError);
    expect(failure).toMatchObject({ status: 404, problem: { type: "/problems/unknown-meter" } });
    expect((failure as ApiError).message).toContain("nobody");
  });

  test("ends a live stream when it is told to", async () => {
    const smp = createClient({ url: platform.httpUrl });
    const { meters } = await smp.listMeters();
    const stop = new AbortController();
    const followed = (async () => {
      for await (const { event } of smp.live([meters[0]?.id ?? ""], { signal: stop.signal }))
        if (event === "reading") stop.abort();
    })();
    await expect(followed).rejects.toThrow(/abort/i);
  });
});

test("the example app has under 60 lines, and prints today's energy and the next readings", async () => {
  const source = readFileSync(new URL("../../docs/use/client/today.ts", import.meta.url), "utf8");
  expect(source.split("\n").length).toBeLessThan(60);
  const lines: string[] = [];
  await main({ url: platform.httpUrl }, (line) => lines.push(line), 2);
  expect(lines[0]).toMatch(/^simulated-kaifa\S*, today in Europe\/Vienna: [\d.]+ kWh$|unknown kWh$/);
  expect(lines.slice(-2).every((line) => /simulated-kaifa\S*  -?[\d.]+ W$/.test(line))).toBe(true);
});

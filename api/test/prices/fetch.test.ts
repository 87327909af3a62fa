import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { addressOf, fetchPrices, startPriceFetch } from "../../src/prices/fetch.ts";
import { priceSummaries } from "../../src/prices/series.ts";
import { PriceWriter } from "../../src/prices/writer.ts";
import { FakeStore } from "../fake-store.ts";
import { NOW, silent } from "../fixture.ts";

const body = readFileSync(new URL("energy-charts.json", import.meta.url), "utf8");
const closings: (() => void)[] = [];
afterEach(() => closings.splice(0).forEach((close) => close()));

/** A source that follows a script; its address, and what it was asked. */
async function source(script: RequestListener): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    script(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closings.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}
const configOf = (url: string) => ({ url, source: "energy-charts" as const, series: "da", everyMs: 600_000 });

describe("fetching prices", () => {
  test("asks for yesterday to the day after tomorrow, and stores what comes", async () => {
    const { url, asked } = await source((_, response) => response.end(body));
    const store = new FakeStore();
    const config = configOf(`${url}/price?bzn=AT&start={from}&end={to}`);
    expect(await fetchPrices(config, new PriceWriter(store, () => NOW), NOW)).toBe(99);
    expect(asked).toEqual(["/price?bzn=AT&start=2026-03-28&end=2026-04-01"]);
    expect(await priceSummaries(store)).toMatchObject([{ id: "da", currency: "EUR", slot: "15m" }]);
  });

  test.each([
    [
      "an error status",
      (_: unknown, response: { writeHead(s: number): { end(): void } }) => response.writeHead(500).end(),
      /status 500/,
    ],
    [
      "a redirect to somewhere else",
      (_: unknown, response: { writeHead(s: number, h: object): { end(): void } }) =>
        response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
      /fetch failed/,
    ],
    [
      "something else than prices",
      (_: unknown, response: { end(t: string): void }) => response.end("<html>"),
      /JSON/,
    ],
    [
      "more than a mebibyte",
      (_: unknown, response: { end(t: string): void }) => response.end(" ".repeat(1_100_000)),
      /larger/,
    ],
    [
      "a connection that breaks",
      (_: unknown, response: { destroy(): void }) => response.destroy(),
      /fetch failed/,
    ],
  ])("refuses %s, and stores nothing", async (_, script, message) => {
    const { url } = await source(script as RequestListener);
    const store = new FakeStore();
    await expect(fetchPrices(configOf(url), new PriceWriter(store, () => NOW), NOW)).rejects.toThrow(message);
    expect(await priceSummaries(store)).toEqual([]);
  });

  test("a source that hangs does not hold up the end", async () => {
    let arrived!: () => void;
    const hanging = new Promise<void>((resolve) => (arrived = resolve));
    const { url } = await source(() => arrived());
    const running = startPriceFetch(configOf(url), {
      store: new FakeStore(),
      logger: silent,
      now: () => NOW,
    });
    await hanging;
    await running.close();
  });

  test("fills in the address's placeholders", () => {
    const [from, to] = [Date.UTC(2026, 2, 28), Date.UTC(2026, 3, 1)];
    expect(addressOf("https://x/?start={from_ms}&end={to_ms}", from, to)).toBe(
      "https://x/?start=1774656000000&end=1775001600000",
    );
    expect(addressOf("https://x/?periodStart={from_entsoe}&periodEnd={to_entsoe}", from, to)).toBe(
      "https://x/?periodStart=202603280000&periodEnd=202604010000",
    );
  });

  test("is off without SMP_PRICES_URL, and faults of its settings are named", () => {
    expect(readConfig({}).prices).toBeUndefined();
    expect(readConfig({ SMP_PRICES_URL: "https://x/{from}", SMP_PRICES_SERIES: "at" }).prices).toEqual({
      url: "https://x/{from}",
      source: "energy-charts",
      series: "at",
      everyMs: 3_600_000,
    });
    expect(() =>
      readConfig({ SMP_PRICES_URL: "ftp://x", SMP_PRICES_FORMAT: "xls", SMP_PRICES_EVERY_MINUTES: "1" }),
    ).toThrow(/SMP_PRICES_EVERY_MINUTES[^]*SMP_PRICES_URL[^]*SMP_PRICES_FORMAT/);
  });
});

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import type { GroupEnergySeries } from "@smp/schemas/api";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  fits,
  launch,
  openPage,
  pageErrors,
  startSeeded,
  violations,
  type TestPlatform,
} from "./support/app-browser.ts";
import { putGroup, putTariffs } from "./support/app-setup.ts";
import { until } from "./support/platform-process.ts";
import { appendYear } from "./support/year-of-readings.ts";

// The first visit: nothing there yet, an hour, a meter that has died; and what somebody without a token sees.
const HOUR_MS = 3_600_000;
const QUARTER_MS = 900_000;
/** All JavaScript that the first screen loads. */
const FIRST_SCREEN_BYTES_MAX = 60_000;

let empty: TestPlatform;
let young: TestPlatform;
let browser: Browser;

beforeAll(async () => {
  empty = await startSeeded(async () => {});
  young = await startSeeded(async (store) => {
    const nowMs = Math.floor(Date.now() / QUARTER_MS) * QUARTER_MS;
    const common = { stepMs: 60_000, fromMs: nowMs - HOUR_MS, toMs: Date.now() };
    await appendYear(store, { ...common, meter: "haus", seed: 1 });
    for (const meter of ["wohnung", "keller"]) {
      await appendYear(store, { ...common, meter, seed: 2, pvKwp: 20 });
      await store.putDocument({ kind: "meter", id: meter, value: { visibility: "open" }, t: Date.now() });
    }
  });
  await putTariffs(young);
  await putGroup(young);
  browser = await launch();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await young?.close();
  await empty?.close();
});

test("with no meter it says how to connect one, in commands to copy", async () => {
  const page = await openPage(browser, empty.as(""));
  await page.getByRole("heading", { name: "Noch kein Zähler" }).waitFor();
  expect(await page.locator("pre").first().textContent()).toContain("npx smp device add");
  expect(await violations(page)).toEqual([]);
  await page.context().close();
});

test("one hour of data is one hour: no gap before it, no estimate from it", async () => {
  const page = await openPage(browser, young.as("history?meter=haus&period=day"));
  await page.locator(".bars svg").waitFor();
  expect(await page.locator(".gaps li").count()).toBe(0);
  await page.getByRole("link", { name: "Kosten", exact: true }).click();
  await page.locator(".forecast-later").waitFor();
  await page.context().close();
});

test("the first screen's JavaScript stays within its budget", async () => {
  const page = await openPage(browser, "about:blank");
  const scripts: Promise<Buffer>[] = [];
  page.on("response", (response) => {
    if (new URL(response.url()).pathname.endsWith(".js")) scripts.push(response.body());
  });
  await page.route("**/sw.js", (route) => route.abort());
  await page.goto(young.as("?meter=haus"));
  await page.getByRole("meter").waitFor();
  await page.locator(".today .figure").first().waitFor();
  const bytes = (await Promise.all(scripts)).reduce((sum, body) => sum + gzipSync(body).length, 0);
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThanOrEqual(FIRST_SCREEN_BYTES_MAX);
  await page.context().close();
});

describe("without a token", () => {
  test("one sees the open meters, and only those", async () => {
    const page = await openPage(browser, `${young.url}/meters`);
    await page.locator(".meter-card h2").first().waitFor();
    expect(await page.locator(".meter-card h2").allTextContents()).toEqual(["keller", "wohnung"]);
    await page.context().close();
  });

  test("a group's page for other sites' frames shows what the API tells everybody, and no way elsewhere", async () => {
    const page = await openPage(browser, `${young.url}/community?id=dorf&embed=1`);
    await page.getByRole("heading", { name: "Energiegemeinschaft Sonnenplatz" }).waitFor();
    const figure = page.locator(".community .chart-figures .export strong");
    await figure.waitFor();
    const today = new Intl.DateTimeFormat("en-CA", {
      timeZone: "Europe/Vienna",
      dateStyle: "short",
    }).format();
    const answer = await fetch(`${young.url}/v1/groups/dorf/energy?from=${today}&resolution=1h`);
    const { total } = (await answer.json()) as GroupEnergySeries;
    const shown = (await figure.textContent()) ?? "";
    if (total.export_kwh !== null)
      await until(
        "the frame to show the API's value",
        async () =>
          Math.abs(Number(shown.replace(/[^\d,]/g, "").replace(",", ".")) - total.export_kwh!) < 0.5,
      );
    expect(await page.locator(".nav").count()).toBe(0);
    await page.context().close();
  });

  test("a group's page fits a phone and is accessible", async () => {
    const page = await openPage(browser, `${young.url}/community?id=dorf`);
    await page.locator(".community .bars svg").waitFor();
    expect(await fits(page)).toBe(true);
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  });
});

/** A page of another site that shows one of ours in a frame. */
async function openFrame(address: string): Promise<{ page: Page; close: () => Promise<void> }> {
  const site = createServer((_, response) => {
    response.setHeader("content-type", "text/html").end(`<!doctype html><iframe src="${address}"></iframe>`);
  });
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
  const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
  const page = await openPage(browser, url, { expectErrors: true });
  const close = async (): Promise<void> => {
    await page.context().close();
    site.closeAllConnections();
    await new Promise((done) => site.close(done));
  };
  return { page, close };
}

describe("in a frame of another site", () => {
  test("a group's page for that works, and what it shows is what everybody may see", async () => {
    const { page, close } = await openFrame(`${young.url}/community?id=dorf&embed=1&lang=en`);
    const frame = page.frameLocator("iframe");
    await frame.getByRole("heading", { name: "Energiegemeinschaft Sonnenplatz" }).waitFor();
    await frame.locator(".community .bars svg").waitFor();
    await frame.getByRole("heading", { name: "Open data" }).waitFor();
    expect(await frame.locator(".nav").count()).toBe(0);
    await close();
  });

  test.each(["", "history", "community?id=dorf", "tokens?embed=1"])("/%s is refused", async (path) => {
    const refused: string[] = [];
    const { page, close } = await openFrame("about:blank");
    page.on("console", (message) => refused.push(message.text()));
    await page.evaluate(`document.querySelector("iframe").src = ${JSON.stringify(`${young.url}/${path}`)}`);
    await until("the browser's refusal", async () =>
      refused.some((text) => text.includes("frame-ancestors 'none'")),
    );
    expect(await page.frameLocator("iframe").locator("#app").count()).toBe(0);
    await close();
  });
});

test("the page has thrown no error and logged none", () => expect(pageErrors).toEqual([]));

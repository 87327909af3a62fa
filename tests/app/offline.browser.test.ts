import { DAY_MS, HOUR_MS } from "@smp/schemas";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, openPage, pageErrors, startSeeded, type TestPlatform } from "../support/app-browser.ts";
import { seedHouses, threeHouses } from "../support/app-houses.ts";
import { startPrefixProxy } from "../support/prefix-proxy.ts";
import { until } from "../support/platform-process.ts";
import { openTcpLine, type TcpLine } from "../support/tcp-line.ts";

let served: TestPlatform;
let browser: Browser;

beforeAll(async () => {
  const now = Date.now();
  const hourly = { meter: "stunde", seed: 4, fromMs: now - 70 * DAY_MS, toMs: now, stepMs: HOUR_MS };
  served = await startSeeded((store) => seedHouses(store, [...threeHouses(now, 12), hourly]));
  browser = await launch();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await served?.close();
});

/** A screen of an open app, behind a network that can be cut. */
async function openBehindLine(
  path: string,
): Promise<{ page: Page; line: TcpLine; close: () => Promise<void> }> {
  const line = await openTcpLine(new URL(served.url));
  const page = await openPage(browser, served.as(path).replace(served.url, line.url), { expectErrors: true });
  const close = async (): Promise<void> => {
    await page.context().close();
    await line.close();
  };
  return { page, line, close };
}

test("opens without a network, shows the last answers with their age, never as live, and comes back", async () => {
  const { page, line, close } = await openBehindLine("?meter=wohnung");
  await page.getByRole("meter").waitFor();
  await page.locator(".today .figure.import").waitFor();
  const energy = await page.locator(".today .figure.import strong").textContent();
  // The token does not stay in the address, nor in history.
  expect(page.url()).not.toContain("smp_");
  await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");

  line.cut();
  await page.reload();
  await page.locator(".offline-bar").waitFor();
  expect(await page.locator(".offline-bar").textContent()).toMatch(/Offline – Stand \d\d:\d\d/);
  await page.locator(".today .as-of").waitFor();
  expect(await page.locator(".today .as-of").textContent()).toMatch(/Stand \d\d:\d\d – offline/);
  expect(await page.locator(".today .figure.import strong").textContent()).toBe(energy);

  // Nobody asked: that the meter was silent is not known.
  await page.getByText("Ohne Verbindung sind die letzten 60 Minuten nicht bekannt.").waitFor();

  // A screen that was never opened has no numbers, and says why; its code is here all the same.
  await page.getByRole("link", { name: "Kosten", exact: true }).click();
  await page.locator("h1", { hasText: "Kosten" }).waitFor();
  await page.locator(".failure").first().waitFor();

  line.mend();
  await page.getByRole("link", { name: "Jetzt", exact: true }).click();
  await page.locator(".offline-bar").waitFor({ state: "detached" });
  await close();
});

test("a month of a meter that sends once an hour is as whole without a network as with it", async () => {
  const lastMonth = new Date(new Date().setDate(0)).toISOString().slice(0, 7);
  const { page, line, close } = await openBehindLine(
    `history?meter=stunde&period=month&date=${lastMonth}-01`,
  );
  const note = page.locator(".coverage", { hasText: "im Abstand von 1 Stunde" });
  await note.waitFor();
  const said = await note.textContent();
  expect(said).toMatch(/Abdeckung 100/);
  await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
  line.cut();
  await page.reload();
  await page.locator(".offline-bar").waitFor();
  await page.locator(".bars svg").waitFor();
  expect(await page.locator(".coverage").textContent()).toBe(said);
  await close();
});

test("an open page notices at once that the network went, by its stream alone", async () => {
  const { page, line, close } = await openBehindLine("?meter=wohnung");
  await page.getByRole("meter").waitFor();
  await page.locator(".last-hour .line").first().waitFor();
  line.cut();
  await page.locator(".offline-bar").waitFor({ timeout: 20_000 });
  line.mend();
  await page.locator(".offline-bar button").click();
  await page.locator(".offline-bar").waitFor({ state: "detached" });
  await close();
});

test("a page without a stream notices it when the browser does, and that it is back", async () => {
  const { page, line, close } = await openBehindLine("meters");
  await page.locator(".meter-card h2").first().waitFor();
  line.cut();
  await page.context().setOffline(true);
  await page.locator(".offline-bar").waitFor({ timeout: 20_000 });
  line.mend();
  await page.context().setOffline(false);
  await page.locator(".offline-bar").waitFor({ state: "detached", timeout: 20_000 });
  await close();
});

test("the stream alone brings back every part of a screen, without a word from the browser", async () => {
  const { page, line, close } = await openBehindLine("?meter=wohnung");
  await page.locator(".today .figure.import").waitFor();
  await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
  // Nothing but the stream, whose pauses begin below a second, asks again by the clock.
  await page.addInitScript(`const timer = setTimeout; setInterval = () => 0;
    setTimeout = (call, ms, ...rest) => (ms >= 5000 ? 0 : timer(call, ms, ...rest));`);
  line.cut();
  await page.reload();
  await page.locator(".offline-bar").waitFor();
  await page.locator(".today .as-of").waitFor();
  line.mend();
  await page.locator(".today .as-of").waitFor({ state: "detached" });
  await page.locator(".offline-bar").waitFor({ state: "detached" });
  await page.locator(".last-hour .line").first().waitFor();
  await close();
});

test("an old value that only memory has is called the last one", async () => {
  const page = await openPage(browser, served.as("?meter=keller"));
  await page.getByRole("meter").waitFor();
  await until(
    "the dead meter's number to be grey",
    async () => (await page.getByRole("meter").getAttribute("class")) === "gauge stale",
  );
  expect(await page.locator(".age").textContent()).toContain("keine Daten seit");
  // So are the values of its phases, and of all its registers.
  expect(await page.locator(".old > .note, .old details > .note").allTextContents()).toEqual([
    expect.stringContaining("gemessen"),
    expect.stringContaining("gemessen"),
  ]);
  await page.context().close();
});

test("forgetting the token forgets what it was allowed to see", async () => {
  const page = await openPage(browser, served.as("tokens?meter=wohnung"));
  await until("the meter to be kept", async () =>
    ((await page.evaluate("JSON.stringify(localStorage)")) as string).includes(":meter"),
  );
  await page.getByRole("button", { name: "Hier vergessen" }).click();
  await page.getByLabel("Zugangsschlüssel").waitFor();
  const kept = (await page.evaluate("JSON.stringify(localStorage)")) as string;
  expect(kept).not.toContain("smp_");
  expect(kept).not.toContain("wohnung");
  await page.context().close();
});

test("works behind a path prefix", async () => {
  const proxy = await startPrefixProxy(new URL(served.url), "/strom");
  const path = served.as("history?meter=wohnung&period=day").slice(served.url.length);
  const page = await openPage(browser, `${proxy.url}${path}`);
  await page.locator(".bars svg").waitFor();
  await page.getByRole("link", { name: "Jetzt", exact: true }).click();
  await page.getByRole("meter").waitFor();
  expect(new URL(page.url()).pathname).toBe("/strom/");
  await page.context().close();
  await proxy.close();
});

test("opens with its last answers when a proxy says that the platform behind it is away", async () => {
  const proxy = await startPrefixProxy(new URL(served.url), "/strom");
  const path = served.as("history?meter=wohnung&period=day").slice(served.url.length);
  const page = await openPage(browser, `${proxy.url}${path}`, { expectErrors: true });
  await page.locator(".bars svg").waitFor();
  await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
  proxy.away = true;
  await page.reload();
  await page.locator(".bars svg").waitFor();
  await page.locator(".as-of").first().waitFor();
  await page.context().close();
  await proxy.close();
});

test("the page has thrown no error and logged none", () => expect(pageErrors).toEqual([]));

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { HOUR_MS } from "@smp/schemas";
import type { EnergySeries, GroupEnergySeries, Latest } from "@smp/schemas/api";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  fits,
  launch,
  openPage,
  pageErrors,
  SMALL,
  startSeeded,
  violations,
  type TestPlatform,
} from "../support/app-browser.ts";
import { putGroup, putTariffs } from "../support/app-setup.ts";
import { until } from "../support/platform-process.ts";
import { appendYear } from "../support/year-of-readings.ts";

// The first visit: nothing there yet, an hour, a meter that has died; and what somebody without a token sees.
const QUARTER_MS = 900_000;
/** All JavaScript that the first screen loads. */
const FIRST_SCREEN_BYTES_MAX = 60_000;

let empty: TestPlatform;
let young: TestPlatform;
let browser: Browser;

beforeAll(async () => {
  empty = await startSeeded((store) =>
    store.putDocument({ kind: "meter", id: "wohnung", value: { visibility: "aggregate" }, t: Date.now() }),
  );
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
  await page.getByText(/^Abdeckung seit Messbeginn: (100|9\d)\s%$/).waitFor();
  await page.getByRole("link", { name: "Kosten", exact: true }).click();
  await page.locator(".forecast-later").waitFor();
  await page.context().close();
});

test("a day with one reading is not said to have none", async () => {
  const page = await openPage(browser, "about:blank", { serviceWorkers: "block" });
  let coverage = 0.01;
  await page.route("**/v1/meters/haus/energy*", async (route) => {
    const answer = await route.fetch();
    const { buckets, total, ...rest } = (await answer.json()) as EnergySeries;
    const unknown = { import_kwh: null, export_kwh: null, coverage: 0 };
    const json = {
      ...rest,
      buckets: buckets.map((bucket, index) => ({ ...bucket, ...unknown, ...(index === 0 && { coverage }) })),
      total: { ...total, ...unknown, coverage: coverage / buckets.length },
    };
    await route.fulfill({ response: answer, json });
  });
  await page.goto(young.as("history?meter=haus&period=day"));
  await page.getByText(/: zu wenige Messungen, um die Energie zu nennen\.$/).waitFor();
  coverage = 0;
  await page.reload();
  await page.getByText(/: keine Messungen\.$/).waitFor();
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

test("a token that is not valid is told in the screen's language, with what to do", async () => {
  const wrong = `smp_${"x".repeat(43)}`;
  const page = await openPage(browser, `${young.url}/meters#token=${wrong}`, { expectErrors: true });
  const failure = page.locator(".failure").first();
  await failure.waitFor();
  expect(await failure.locator("p").allTextContents()).toEqual([
    "Dafür braucht es einen gültigen Zugangsschlüssel.",
    "Der gespeicherte gilt nicht: Er ist vertippt, abgelaufen oder widerrufen.",
    "Zugangsschlüssel eingeben",
  ]);
  // Another one can be typed at once.
  await failure.getByRole("link").click();
  await page.getByRole("alert").getByText("Dieser Zugangsschlüssel gilt nicht").waitFor();
  await page.getByLabel("Zugangsschlüssel", { exact: true }).fill(young.platform.adminToken ?? "");
  await page.getByRole("button", { name: "Hier speichern" }).click();
  await page.getByText("admin · verwalten").waitFor();
  // One that is mistyped does not take the place of the good one.
  await page.getByRole("button", { name: "Anderen eingeben" }).click();
  await page.getByLabel("Zugangsschlüssel", { exact: true }).fill(wrong);
  await page.getByRole("button", { name: "Hier speichern" }).click();
  await page.getByRole("alert").getByText("Dieser Zugangsschlüssel gilt nicht").waitFor();
  await page.getByRole("button", { name: "Abbrechen" }).click();
  await page.reload();
  await page.getByText("admin · verwalten").waitFor();
  await page.context().close();
});

test("a water meter is not told that its energy of today comes later, and shows what it counts", async () => {
  const page = await openPage(browser, "about:blank", { serviceWorkers: "block" });
  await page.route("**/v1/meters/haus/latest*", async (route) => {
    const answer = await route.fetch();
    const latest = (await answer.json()) as Latest;
    const label = { de: "Wasser", en: "Water" };
    const own = { value: 12.345, unit: "m3", name: "water", label, t: latest.t };
    await route.fulfill({
      response: answer,
      json: { ...latest, power_w: null, registers: { "8-0:1.0.0": own } },
    });
  });
  await page.route("**/v1/meters/haus/energy*", async (route) => {
    const answer = await route.fetch();
    const { total, ...rest } = (await answer.json()) as EnergySeries;
    const json = { ...rest, total: { ...total, import_kwh: null, export_kwh: null } };
    await route.fulfill({ response: answer, json });
  });
  await page.goto(young.as("?meter=haus"));
  await page.getByText("Dieser Zähler sendet keinen Zählerstand für Strom").waitFor();
  await page.getByText("12,345\u00a0m³").waitFor();
  await page.context().close();
});

test("a register's long name leaves the meter's page within the width of a small phone", async () => {
  const page = await openPage(browser, "about:blank", { viewport: SMALL, serviceWorkers: "block" });
  const name = `x-${"temperature_of_the_boiler_upstairs".slice(0, 32)}`;
  await page.route("**/v1/meters/haus/latest*", async (route) => {
    const answer = await route.fetch();
    const latest = (await answer.json()) as Latest;
    const own = { value: 51.25, unit: "Cel", name, label: { de: name, en: name }, t: latest.t };
    await route.fulfill({ response: answer, json: { ...latest, registers: { [name]: own } } });
  });
  await page.goto(young.as("meters?id=haus"));
  await page.locator(".registers").getByText(name).first().waitFor();
  expect(await fits(page)).toBe(true);
  await page.context().close();
});

/** How large the letters of a chart are; and which of them touch another one, or stick out of it. Their boxes are taller than they. */
const letters = (page: Page, selector: string): Promise<unknown> =>
  page.evaluate(`(() => {
    const all = [...document.querySelectorAll("${selector}")];
    const inside = (a, b) => a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 5 && a.bottom <= b.bottom + 1;
    const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top + 2 || b.bottom <= a.top + 2;
    const places = all.map((e) => ({ name: e.textContent, box: e.getBoundingClientRect(), ground: e.parentNode.closest("svg, p").getBoundingClientRect() }));
    return {
      size: Math.round(Math.min(...all.map((e) => parseFloat(getComputedStyle(e).fontSize)))),
      faults: places.flatMap(({ name, box, ground }, index) => [
        ...(inside(box, ground) ? [] : [name + " sticks out"]),
        ...places.slice(index + 1).flatMap((other) => apart(box, other.box) ? [] : [name + " touches " + other.name]),
      ]),
    };
  })()`);

test("letters twice as large, on the charts too, leave every screen within the width of a small phone", async () => {
  const page = await openPage(browser, young.as("?meter=haus"), { viewport: SMALL, serviceWorkers: "block" });
  const figureSize = async (): Promise<number> => {
    await page.locator(".figure-value").first().waitFor();
    return (await page.evaluate(
      "parseFloat(getComputedStyle(document.querySelector('.figure-value')).fontSize)",
    )) as number;
  };
  const usual = await figureSize();
  await page.evaluate("document.documentElement.style.fontSize = '32px'");
  expect(await figureSize()).toBeGreaterThan(1.6 * usual);
  expect(await letters(page, ".gauge .scale span")).toEqual({ size: 25, faults: [] });
  await page.goto(young.as("?meter=unknown"));
  await page.locator(".offline-bar button").waitFor();
  await page.evaluate("document.documentElement.style.fontSize = '32px'");
  await until("the notice to fit", () => fits(page));
  for (const name of ["Verlauf", "Kosten", "Zähler", "Mehr", "Jetzt"]) {
    await page.getByRole("navigation").getByRole("link", { name, exact: true }).click();
    await page.locator("h1", { hasText: name }).waitFor();
    await page.locator(".card").first().waitFor();
    await until(`${name} to fit`, () => fits(page));
    if (name === "Verlauf") {
      await page.locator(".bars .tick").first().waitFor();
      expect(await letters(page, ".bars .tick")).toEqual({ size: 23, faults: [] });
    }
    if (name !== "Kosten") continue;
    // No word of the bill is broken.
    await page.locator(".split-table .base th").waitFor();
    const lines = await page.evaluate(`(() => {
      const name = document.createRange();
      name.selectNodeContents(document.querySelector(".split-table .base th"));
      return name.getClientRects().length;
    })()`);
    expect(lines).toBe(1);
  }
  await page.context().close();
});

test("a group without a value says why there is none", async () => {
  const group = { kind: "building", visibility: "public", licence: null };
  await empty.put("v1/groups/still", { ...group, name: "Still", meters: ["wohnung"] });
  await empty.put("v1/groups/privat", { ...group, name: "Privat", meters: ["haus"] });
  const page = await openPage(browser, empty.as("community?id=still"), {
    locale: "en-GB",
    expectErrors: true,
  });
  await page.getByText("No live values now: no meter has reported its power").waitFor();
  await page.getByText(/: no readings\.$/).waitFor();
  // Everybody else sees what is published, a day later.
  await page.goto(`${empty.url}/tokens`);
  await page.getByRole("button", { name: "Forget it here" }).click();
  await page.goto(`${empty.url}/community?id=still`);
  await page.getByText(/: nothing published\. A day appears as a whole/).waitFor();
  await page.goto(`${empty.url}/community?id=privat`);
  await page.getByText("No meter of this group is shared with you.").waitFor();
  await page.getByText(/: no values that are shared with you\.$/).waitFor();
  await page.context().close();
});

test("a group's sum that is withheld is not called missing, and one of some hours says of which", async () => {
  const page = await openPage(browser, `${young.url}/community?id=dorf`, {
    serviceWorkers: "block",
    expectErrors: true,
  });
  const told = { export_kwh: 0, balance_kwh: null, shared_kwh: null, members: 13, reporting: 13 };
  let hours: { import_kwh: number | null; quality: string }[] = [];
  await page.route("**/v1/groups/dorf/latest*", (route) => route.fulfill({ status: 403, body: "{}" }));
  await page.route("**/v1/groups/dorf/energy*", (route) => {
    const at = Date.parse("2026-11-20T00:00:00+01:00");
    const time = (hour: number): string => new Date(at + hour * HOUR_MS).toISOString();
    const buckets = hours.map((hour, index) => ({
      ...told,
      ...hour,
      start: time(index),
      end: time(index + 1),
      coverage: hour.import_kwh === null ? 0 : 1,
    }));
    const known = hours.flatMap(({ import_kwh: kwh }) => (kwh === null ? [] : [kwh]));
    const sum = known.length === 0 ? null : known.reduce((all, kwh) => all + kwh, 0);
    const total = { ...told, import_kwh: sum, coverage: known.length / hours.length, quality: "partial" };
    return route.fulfill({ json: { total, buckets, unit: "kWh" } });
  });
  const show = async (...next: typeof hours): Promise<void> => {
    hours = next;
    await page.reload();
    await page.locator(".community .bars svg").waitFor();
  };
  const withheld = { import_kwh: null, quality: "partial" };
  await show(withheld, withheld);
  await page.getByText(/: Bezug nicht veröffentlicht, Einspeisung 0,00\skWh, untereinander nicht/).waitFor();
  expect(await page.locator(".bars .gap").count()).toBe(2);
  await page.getByText("Schraffiert: nicht veröffentlicht.").waitFor();
  await show({ import_kwh: 3, quality: "measured" }, withheld);
  await page.getByText(/nur veröffentlichte Stunden: 50\s% des Zeitraums/).waitFor();
  expect(await page.locator(".bars .gap").count()).toBe(1);
  expect(await page.getByText("keine Daten").count()).toBe(0);
  await page.context().close();
});

test("nothing on a meter's page moves while its parts arrive", async () => {
  const page = await openPage(browser, "about:blank", { serviceWorkers: "block" });
  await page.addInitScript(`window.moved = []; new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries())
      if (value > 0.01) window.moved.push(value + " " + sources.map(({ node }) => node?.outerHTML?.slice(0, 80)).join());
  }).observe({ type: "layout-shift", buffered: true });`);
  // The last to arrive: what this token may change.
  const listed = page.waitForResponse((response) => response.url().endsWith("/v1/meters"));
  await page.route("**/v1/session", async (route) => {
    await listed;
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
    await route.continue();
  });
  await page.goto(young.as("meters?id=haus"));
  await page.locator("form", { hasText: "Einstellungen" }).waitFor();
  await page.locator(".meter-detail .registers").waitFor();
  expect(await page.evaluate("window.moved")).toEqual([]);
  await page.context().close();
});

test("who wants less motion sees none", async () => {
  const page = await openPage(browser, "about:blank", { serviceWorkers: "block" });
  let release: () => void = () => {};
  const held = new Promise<void>((done) => (release = done));
  await page.route("**/v1/meters/**", async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(young.as("history?meter=haus"));
  await page.locator(".skeleton").first().waitFor();
  const moving = async (): Promise<number> =>
    (await page.evaluate("document.getAnimations().length")) as number;
  expect(await moving()).toBeGreaterThan(0);
  await page.emulateMedia({ reducedMotion: "reduce" });
  expect(await moving()).toBe(0);
  release();
  await page.unrouteAll({ behavior: "wait" });
  await page.context().close();
});

test("a phone can install it: the browser finds no fault, the icons are what they say, and it opens from the cache", async () => {
  const page = await openPage(browser, young.as("?meter=haus"));
  await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
  await page.reload();
  expect(await page.evaluate("navigator.serviceWorker.controller?.state")).toBe("activated");
  const devtools = await page.context().newCDPSession(page);
  const { installabilityErrors } = await devtools.send("Page.getInstallabilityErrors");
  // Playwright's windows are private ones.
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== "in-incognito")).toEqual(
    [],
  );
  const { url, data, errors } = await devtools.send("Page.getAppManifest");
  expect(errors).toEqual([]);
  const manifest = JSON.parse(data ?? "{}") as {
    icons: { src: string; sizes: string; purpose?: string }[];
    start_url: string;
  };
  expect(manifest).toMatchObject({ name: "Smart Meter", short_name: "Smart Meter", display: "standalone" });
  expect(new URL(manifest.start_url, url).href).toBe(`${young.url}/`);
  const sizes = ["192x192", "512x512"];
  for (const size of sizes) {
    const icon = manifest.icons.find(
      ({ sizes: own, purpose }) => own === size && purpose?.includes("maskable"),
    );
    const address = JSON.stringify(new URL(icon?.src ?? "", url).href);
    const real = `fetch(${address}).then((answer) => answer.blob()).then(createImageBitmap).then((image) => image.width + "x" + image.height)`;
    expect(await page.evaluate(real)).toBe(size);
  }
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

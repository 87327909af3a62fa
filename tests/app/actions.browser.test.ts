import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { DAY_MS, HOUR_MS } from "@smp/schemas";
import type {
  CostSeries,
  EnergySeries,
  MeterList,
  MeterPrices,
  TariffList,
  TokenList,
} from "@smp/schemas/api";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  launch,
  openPage,
  pageErrors,
  startSeeded,
  violations,
  type TestPlatform,
} from "../support/app-browser.ts";
import { until } from "../support/platform-process.ts";
import { appendYear } from "../support/year-of-readings.ts";

// What changes something: each button is pressed, and the API then says that it did.
const QUARTER_MS = 900_000;
const TZ = "Europe/Vienna";
const nowMs = Math.floor(Date.now() / QUARTER_MS) * QUARTER_MS;
/** In the morning of a day that is over: far from midnight in every zone that the test speaks of. */
const swapMs = Math.floor(nowMs / DAY_MS - 1) * DAY_MS - 14 * HOUR_MS;

const dateOf = (ms: number): string =>
  new Intl.DateTimeFormat("en-CA", { timeZone: TZ, dateStyle: "short" }).format(ms);
const clockOf = (ms: number): string =>
  new Intl.DateTimeFormat("en-GB", { timeZone: TZ, timeStyle: "short" }).format(ms);
const numberIn = (text: string | null): number =>
  Number(
    (text ?? "")
      .replace(/[^\d,−-]/g, "")
      .replace("−", "-")
      .replace(",", "."),
  );

let served: TestPlatform;
let browser: Browser;

beforeAll(async () => {
  served = await startSeeded(async (store) => {
    const common = { stepMs: QUARTER_MS, fromMs: nowMs - 40 * DAY_MS, toMs: nowMs };
    await appendYear(store, { ...common, meter: "haus", seed: 1, pvKwp: 6 });
    // The new meter was in use elsewhere: its counter stands 5,000 kWh above that of the old one.
    const old = { ...common, meter: "alt", seed: 2, fromMs: nowMs - 5 * DAY_MS };
    await appendYear(store, { ...old, toMs: swapMs, importWh: 1_000_000 });
    await appendYear(store, { ...old, fromMs: swapMs, importWh: 6_000_000 });
    await store.putDocument({ kind: "meter", id: "alt", value: { simulated: true }, t: nowMs });
  });
  browser = await launch();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await served?.close();
});

const open = (path: string): Promise<Page> => openPage(browser, served.as(path));

test("a contract is made by pressing Save and prices the month, and one press more makes it dearer", async () => {
  const thisMonth = `${dateOf(nowMs).slice(0, 7)}-01`;
  const page = await open("costs?meter=haus");
  const figure = page.locator(".month-card .figure.money strong");
  const shown = async (): Promise<number> => numberIn(await figure.textContent());
  const asked = async (): Promise<number> => {
    const query = `from=${thisMonth}&resolution=day&tz=${TZ}`;
    return Number((await served.get<CostSeries>(`v1/meters/haus/cost?${query}`)).total.total);
  };
  const contracts = async (): Promise<TariffList["tariffs"]> =>
    (await served.get<TariffList>("v1/tariffs")).tariffs;
  const price = page.getByLabel("Preis je kWh").first();
  const save = (): Promise<void> => page.getByRole("button", { name: "Speichern" }).click();
  const toCosts = (): Promise<void> => page.getByRole("link", { name: "Kosten", exact: true }).click();

  await page.getByRole("link", { name: "Tarif anlegen" }).click();
  await page.getByLabel("Name").first().fill("Sonne & Wind");
  await price.fill("zwölf");
  await save();
  expect(await contracts()).toEqual([]);
  await price.fill("20,5");
  await save();
  await page.getByRole("heading", { name: "Sonne & Wind" }).waitFor();
  expect(await contracts()).toMatchObject([
    { name: "Sonne & Wind", valid_from: thisMonth, valid_to: null, import: [{ price: "0.205" }] },
  ]);
  await toCosts();
  await figure.waitFor();
  const before = await asked();
  expect(before).toBeGreaterThan(0);
  expect(await shown()).toBeCloseTo(before, 2);

  await page.getByRole("link", { name: "Tarife" }).click();
  await page.getByRole("link", { name: /Bearbeiten/ }).click();
  await price.fill("41");
  await save();
  await page.getByRole("heading", { name: "Sonne & Wind" }).waitFor();
  await toCosts();
  // The last answer stands there until the new one has come; it is rounded, perhaps up.
  await until(
    "the month to cost more",
    async () => (await figure.count()) > 0 && (await shown()) > before + 0.01,
  );
  expect(await shown()).toBeCloseTo(await asked(), 2);
  await page.context().close();
}, 60_000);

test("new prices that the network loses leave the contract before them as it was", async () => {
  const page = await openPage(browser, served.as("tariffs"), {
    serviceWorkers: "block",
    expectErrors: true,
  });
  const tomorrow = dateOf(nowMs + DAY_MS);
  const put: TariffList["tariffs"][] = [];
  await page.route("**/v1/tariffs", async (route) => {
    if (route.request().method() !== "PUT") return await route.continue();
    put.push((route.request().postDataJSON() as TariffList).tariffs);
    return await route.abort();
  });
  await page.getByRole("link", { name: "Neue Preise ab …" }).click();
  await page.getByLabel("Erster Tag").fill(tomorrow);
  await page.getByRole("button", { name: "Speichern" }).click();
  await page.locator(".failure").waitFor();
  expect(put.map((tariffs) => tariffs.map(({ valid_to: end }) => end))).toEqual([[tomorrow, null]]);
  expect((await served.get<TariffList>("v1/tariffs")).tariffs).toMatchObject([{ valid_to: null }]);
  await page.context().close();
});

test("what the platform refuses in a form is said at its field's name, in the screen's language", async () => {
  const page = await openPage(browser, served.as("tariffs"), { serviceWorkers: "block", expectErrors: true });
  await page.getByRole("link", { name: "Tarif anlegen" }).click();
  await page.getByLabel("Name").first().fill("Rückwärts");
  await page.getByLabel("Erster Tag").fill("2020-02-01");
  await page.getByLabel("Letzter Tag").fill("2020-01-01");
  await page.getByRole("button", { name: "Speichern" }).click();
  const said = page.locator(".editor-foot .failure");
  await said.waitFor();
  expect(await said.locator("p").allTextContents()).toEqual([
    "Bitte berichtigen:",
    "Letzter Tag: liegt vor dem ersten Tag",
  ]);
  await page.context().close();
});

test("what was entered is there again after a look at another kind, and goes with its own row alone", async () => {
  // The exchange's series that the example of a dynamic price asks for is not there.
  const page = await openPage(browser, served.as("tariffs?edit=new"), { expectErrors: true });
  const price = page.getByLabel("Preis je kWh");
  await price.first().fill("20,5");
  // The last of its prices is that of all other time.
  await page.getByLabel("nach Tageszeit").first().check();
  expect(await price.nth(1).inputValue()).toBe("20,5");
  await page.getByLabel("dynamisch").first().check();
  await page.getByLabel("fest").first().check();
  expect(await price.first().inputValue()).toBe("20,5");

  await price.first().fill("15");
  await page.getByRole("button", { name: "Bestandteil hinzufügen" }).first().click();
  await price.first().fill("zwölf");
  await page
    .getByRole("button", { name: /^Entfernen/ })
    .first()
    .click();
  expect(await price.first().inputValue()).toBe("15");
  await page.context().close();
});

test("a contract by the time of day, made by keyboard and finger, shows each zone's amount and the cheapest hours", async () => {
  const page = await open("tariffs?edit=new");
  await page.getByLabel("Name").first().fill("Sonnenzeit");
  await page.getByRole("checkbox", { name: "Simuliertes Haus" }).uncheck();
  // The month before is over: it has hours of every zone, whatever day it is today.
  const thisMonth = `${dateOf(nowMs).slice(0, 7)}-01`;
  const month = new Date(Date.parse(thisMonth) - DAY_MS).toISOString().slice(0, 7);
  await page.getByLabel("Erster Tag").fill(`${month}-01`);
  await page.getByLabel("nach Tageszeit").first().check();
  const rule = page.getByRole("group", { name: "Zone 1" });
  await rule.getByLabel("Name").fill("Sonne");
  await rule.getByLabel("Preis je kWh").fill("8,25");
  await rule.getByLabel("von", { exact: true }).selectOption("11:00");
  await rule.getByLabel("bis", { exact: true }).selectOption("15:00");
  // The same in the grid: one hour more, on every day but Sunday.
  for (const row of [0, 1, 2, 3, 4, 5]) await page.locator(`[data-cell="${row},15"]`).click();
  await page.getByRole("button", { name: "Speichern" }).click();
  await page.getByRole("heading", { name: "Sonnenzeit" }).waitFor();
  const { tariffs } = await served.get<TariffList>("v1/tariffs");
  const made = tariffs.find(({ name }) => name === "Sonnenzeit");
  const sun = { name: "Sonne", price: "0.0825", from: "11:00" };
  const zonesMade = [
    { ...sun, to: "16:00", days: ["mo", "tu", "we", "th", "fr", "sa"] },
    { ...sun, to: "15:00", days: ["su", "holiday"] },
  ];
  expect(made).toMatchObject({ meters: ["haus"], import: [{ kind: "time-of-use", zones: zonesMade }] });

  await page.goto(served.as(`costs?meter=haus&month=${month}`));
  const query = `from=${month}-01&to=${thisMonth}&resolution=day&tz=${TZ}`;
  const { parts } = (await served.get<CostSeries>(`v1/meters/haus/cost?${query}`)).total;
  const zones = parts.filter(({ direction }) => direction === "import");
  expect(new Set(zones.map(({ zone }) => zone))).toEqual(new Set(["Sonne", "sonst"]));
  const row = (zone = ""): Locator => page.locator(".split-table .part", { hasText: `· ${zone}` });
  await row("Sonne").waitFor();
  for (const { zone, amount } of zones)
    expect(numberIn(await row(zone).locator("td").last().textContent())).toBeCloseTo(Number(amount), 2);

  await page.goto(served.as("costs?meter=haus"));
  const today = dateOf(nowMs);
  const { slots } = await served.get<MeterPrices>(
    `v1/meters/haus/prices?from=${today}&to=${dateOf(nowMs + 2 * DAY_MS)}&tz=${TZ}`,
  );
  const cheapest = page.locator(".figure", { hasText: "am günstigsten" });
  await until("the cheapest two hours that are not over", async () => {
    const ahead = slots.filter(({ end }) => Date.parse(end) > Date.now());
    const means = ahead.slice(0, -7).map((_, at) => {
      const eight = ahead.slice(at, at + 8);
      return eight.reduce((sum, slot) => sum + Number(slot.import_price), 0) / 8;
    });
    // Of equal ones the earliest; sums of decimals differ far behind the point.
    const first = ahead[means.findIndex((mean) => mean < Math.min(...means) + 1e-9)]!;
    const start = Date.parse(first.start);
    const hours = `${clockOf(start)}–${clockOf(start + 2 * HOUR_MS)}`;
    return (await cheapest.locator("strong").textContent()) === hours;
  });
  // 8.25 ct with 20 % VAT on top.
  expect(await cheapest.textContent()).toContain("9,9");
  await page.context().close();
}, 60_000);

test("Download gives the file that the address and the curl beside it give", async () => {
  const page = await open("export?meter=haus");
  await page.getByLabel("bis einschließlich").fill(dateOf(nowMs - DAY_MS));
  await page.getByLabel("von", { exact: true }).fill(dateOf(nowMs - 8 * DAY_MS));
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Herunterladen" }).click(),
  ]);
  const file = await readFile(await download.path(), "utf8");
  expect(file.split("\n").length).toBeGreaterThan(600);
  const [address = "", command = ""] = await page.locator(".export-same pre").allTextContents();
  const token = served.platform.adminToken ?? "";
  const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
  expect(await answer.text()).toBe(file);
  expect(command).not.toContain(token);
  const dir = await mkdtemp(join(tmpdir(), "smp-curl-"));
  try {
    await promisify(execFile)("sh", ["-c", command], { cwd: dir, env: { ...process.env, SMP_TOKEN: token } });
    const [name = ""] = await readdir(dir);
    expect(name).toBe(download.suggestedFilename());
    expect(await readFile(join(dir, name), "utf8")).toBe(file);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  await page.context().close();
});

test("a token is shown once, works, and works no more when it was revoked", async () => {
  const page = await open("tokens");
  const form = page.locator("form");
  await form.getByLabel("Name").fill("Wandbild");
  await form.getByLabel("Zähler").selectOption("haus");
  // A double tap is one press: of two tokens one would be seen by nobody.
  await form.getByRole("button", { name: "Ausstellen" }).dblclick();
  const secret = (await page.getByRole("region", { name: "Zugangsschlüssel" }).textContent()) ?? "";
  expect(secret).toMatch(/^smp_[\w-]{43}$/);
  await page.getByText("Diese Adresse öffnet nur dieser Computer").waitFor();
  const asks = async (path: string): Promise<number> =>
    (await fetch(`${served.url}/${path}`, { headers: { authorization: `Bearer ${secret}` } })).status;
  expect(await asks(`v1/meters/haus/energy?from=${dateOf(nowMs)}&resolution=1h`)).toBe(200);
  expect(await asks("v1/meters/alt")).toBe(404);

  await page.reload();
  const entry = page.locator(".token-entry", { hasText: "Wandbild" });
  await entry.waitFor();
  expect(await page.content()).not.toContain(secret);
  await entry.getByRole("button", { name: "Widerrufen Wandbild" }).dblclick();
  expect(await asks("v1/meters")).toBe(200);
  await entry.getByRole("button", { name: "Wirklich widerrufen" }).click();
  await entry.waitFor({ state: "detached" });
  expect(await asks("v1/meters")).toBe(401);
  const { tokens } = await served.get<TokenList>("v1/tokens");
  expect(tokens.map(({ name }) => name)).not.toContain("Wandbild");
  await page.context().close();
});

test("a meter is renamed, stands in its zone, and is seen by whom it is shown to", async () => {
  const page = await open("meters?id=haus");
  const form = page.locator("form", { hasText: "Einstellungen" });
  await form.getByLabel("Name").fill("Haus am See");
  await form.getByLabel("Zeitzone").selectOption("Europe/London");
  await form.getByLabel("Wer sieht ihn").selectOption("open");
  await form.getByRole("button", { name: "Speichern" }).click();
  await page.getByRole("heading", { name: "Haus am See" }).waitFor();
  await page.getByText("Gespeichert").waitFor();
  // What is typed after that is not.
  await form.getByLabel("Name").fill("Haus am Meer");
  await page.getByText("Gespeichert").waitFor({ state: "detached" });
  const { meters } = await served.get<MeterList>("v1/meters");
  expect(meters.find(({ id }) => id === "haus")).toMatchObject({
    name: "Haus am See",
    time_zone: "Europe/London",
    visibility: "open",
  });
  await page.context().close();
  const stranger = await openPage(browser, `${served.url}/meters`);
  await stranger.locator(".meter-card h2").first().waitFor();
  expect(await stranger.locator(".meter-card h2").allTextContents()).toEqual(["Haus am See"]);
  await stranger.context().close();
});

test("an exchange that is entered takes the difference of two meters out of the energy, and shows itself", async () => {
  const day = dateOf(swapMs);
  const energy = async (): Promise<number> => {
    const query = `from=${day}&to=${dateOf(swapMs + DAY_MS)}&resolution=day&tz=${TZ}`;
    return (await served.get<EnergySeries>(`v1/meters/alt/energy?${query}`)).total.import_kwh ?? 0;
  };
  expect(await energy()).toBeGreaterThan(4_900);
  const page = await open("meters?id=alt");
  await page.getByLabel("Zeitpunkt").fill(`${day}T${clockOf(swapMs)}`);
  await page.getByRole("button", { name: "Tausch eintragen" }).click();
  const entry = page.locator("li.swap");
  await entry.waitFor();
  expect(await entry.textContent()).toContain(clockOf(swapMs));
  const after = await energy();
  expect(after).toBeGreaterThan(1);
  expect(after).toBeLessThan(50);

  await page.goto(served.as(`history?meter=alt&period=day&date=${day}`));
  await page.locator(".bars svg").waitFor();
  expect(numberIn(await page.locator(".figure.import strong").textContent())).toBeCloseTo(after, 0);
  expect(await page.locator(".gaps li").allTextContents()).toEqual([
    expect.stringMatching(new RegExp(`Zählertausch .*${clockOf(swapMs)}`)),
  ]);

  await page.goto(served.as("meters?id=alt"));
  await entry.getByRole("button", { name: /Entfernen/ }).click();
  await entry.getByRole("button", { name: "Wirklich entfernen" }).click();
  await entry.waitFor({ state: "detached" });
  expect(await energy()).toBeGreaterThan(4_900);
  await page.context().close();
}, 60_000);

test("a simulated meter says so under every name, and is deleted by two presses", async () => {
  const page = await open("meters?id=alt");
  await page.getByRole("heading", { name: "Simuliertes Haus" }).waitFor();
  await page.getByText("Dahinter steht kein Haushalt").waitFor();
  const settings = page.locator("form", { hasText: "Einstellungen" });
  await settings.getByLabel("Name").fill("Mein Haus");
  await settings.getByRole("button", { name: "Speichern" }).click();
  await page.getByRole("heading", { name: "Mein Haus (simuliert)" }).waitFor();
  await page.getByRole("link", { name: "Kosten", exact: true }).click();
  const choices = page.getByLabel("Zähler").locator("option");
  await choices.filter({ hasText: "Mein Haus (simuliert)" }).waitFor({ state: "attached" });

  await page.goto(served.as("meters?id=alt"));
  await page.getByText("Er kommt nicht wieder").waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Zähler löschen Mein Haus (simuliert)" }).press("Enter");
  await page.getByRole("button", { name: "Wirklich alles löschen" }).press("Enter");
  await page.getByRole("heading", { name: "Haus am See" }).waitFor();
  const { meters } = await served.get<MeterList>("v1/meters");
  expect(meters.map(({ id }) => id)).toEqual(["haus"]);
  expect(await page.locator(".meter-card h2").allTextContents()).toEqual(["Haus am See"]);
  await page.context().close();
});

test("the page has thrown no error and logged none", () => expect(pageErrors).toEqual([]));

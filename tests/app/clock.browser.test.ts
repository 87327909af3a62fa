import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureAdminToken, readConfig as readApiConfig, startApi, type RunningApi } from "@smp/api";
import { openStore, readConfig as readStoreConfig, type Store } from "@smp/store";
import { pino } from "pino";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, openPage, pageErrors, PHONE } from "../support/app-browser.ts";
import { FIXED } from "../support/app-setup.ts";
import { until } from "../support/platform-process.ts";
import { readingsOf } from "../support/year-of-readings.ts";

// Time passes by hand, in the browser and in the platform alike, while a page stays open: what would take a year is seen in a minute.
const appDir = fileURLToPath(new URL("../../app/dist", import.meta.url));
const QUARTER_MS = 900_000;
const START = Date.parse("2026-02-27T00:00:00Z");
const END = Date.parse("2026-11-03T00:00:00Z");

let dir: string;
let store: Store;
let api: RunningApi;
let browser: Browser;
let token: string | undefined;
let nowMs = START;

const readings = readingsOf({ meter: "haus", fromMs: START, toMs: END, stepMs: QUARTER_MS, seed: 5 });
let pending = readings.next();

/** The meter speaks up to `ms`; then the platform's clock is there. */
async function passTo(ms: number): Promise<void> {
  const batch = [];
  while (!pending.done && pending.value.t <= ms) {
    batch.push(pending.value);
    pending = readings.next();
  }
  for (let at = 0; at < batch.length; at += 5_000) await store.append(batch.slice(at, at + 5_000));
  nowMs = ms;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "smp-clock-"));
  store = await openStore(readStoreConfig({ SMP_DATA_DIR: dir, SMP_STORE: "duckdb" }));
  token = await ensureAdminToken(store, join(dir, "admin.token"), START);
  const cheap = { ...FIXED, valid_to: "2026-04-01" };
  const dear = { ...FIXED, id: "neu", name: "Optima Neu", valid_from: "2026-04-01", valid_to: null };
  dear.import = [{ name: "Energie", kind: "fixed", price: "0.2500" }];
  for (const value of [cheap, dear])
    await store.putDocument({ kind: "tariff", id: value.id, value, t: START });
  const settings = { SMP_HTTP_PORT: "0", SMP_HTTP_REQUESTS_PER_MINUTE: "0", SMP_HTTP_QUERY_MS: "60000" };
  const config = { ...readApiConfig(settings), appDir };
  api = await startApi(config, { store, logger: pino({ level: "silent" }), now: () => nowMs });
  browser = await launch();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await api?.close();
  await store?.close();
  await rm(dir, { recursive: true, force: true });
});

/** Opens a screen at a moment; `go` lets time pass to another one, for both sides. */
async function openAt(
  time: string,
  screen: string,
): Promise<{ page: Page; go: (time: string) => Promise<void> }> {
  await passTo(Date.parse(time));
  const page = await openPage(browser, "about:blank", { viewport: PHONE });
  await page.clock.install({ time: nowMs });
  await page.goto(`${api.url}/${screen}#token=${token}`);
  const go = async (next: string): Promise<void> => {
    const before = nowMs;
    await passTo(Date.parse(next));
    await page.clock.fastForward(nowMs - before);
    // The first round of timers learns the time, the next one asks for what belongs to it.
    await page.clock.runFor(61_000);
  };
  return { page, go };
}

const title = async (page: Page): Promise<string> => (await page.locator(".date-title").textContent()) ?? "";
const bars = async (page: Page): Promise<number> => await page.locator(".bars .bar").count();

describe("while a page stays open", () => {
  test("the night to summer time: midnight begins a day of 23 hours", async () => {
    const { page, go } = await openAt("2026-03-28T23:50:00+01:00", "history?period=day");
    await until("the day", async () => (await title(page)).includes("28. März") && (await bars(page)) === 24);
    await go("2026-03-29T00:05:00+01:00");
    await until(
      "the next day",
      async () => (await title(page)).includes("29. März") && (await bars(page)) === 23,
    );
    await go("2026-03-29T03:35:00+02:00");
    // 00, 01 and 03 o'clock have energy; there was no 02 o'clock.
    await until("its third hour", async () => (await page.locator(".bars .up").count()) === 3);
    await page.context().close();
  });

  test("the end of the month, and a new price with it", async () => {
    const { page, go } = await openAt("2026-03-31T23:50:00+02:00", "");
    const price = (): Promise<string | null> =>
      page.locator(".price-now .figure-value").first().textContent();
    // 14.90 ct and 25.00 ct, with 20 % VAT on top.
    await until("the old price", async () => ((await price()) ?? "").startsWith("17,88"));
    const today = page.locator(".today .figure.import strong");
    const yesterday = Number((await today.textContent())?.replace(/[^\d,]/g, "").replace(",", "."));
    await go("2026-04-01T00:20:00+02:00");
    await until("the new price", async () => ((await price()) ?? "").startsWith("30,00"));
    await until("a new day's energy", async () => {
      const energy = Number((await today.textContent())?.replace(/[^\d,]/g, "").replace(",", "."));
      return energy < yesterday / 5;
    });
    await page.getByRole("link", { name: "Kosten", exact: true }).click();
    await until(
      "April",
      async () => ((await page.locator(".month-bar strong").textContent()) ?? "") === "April 2026",
    );
    await page.context().close();
  });

  test("a month on the screen becomes the next one at midnight", async () => {
    const { page, go } = await openAt("2026-04-30T23:55:00+02:00", "history?period=month");
    await until("April", async () => (await title(page)).includes("April 2026") && (await bars(page)) === 30);
    await go("2026-05-01T00:20:00+02:00");
    await until("May", async () => (await title(page)).includes("Mai 2026") && (await bars(page)) === 31);
    expect(await page.getByRole("button", { name: "Weiter" }).isDisabled()).toBe(true);
    await page.context().close();
  });

  test("the night from summer time has two hours from two to three, and 25 in all", async () => {
    const { page, go } = await openAt("2026-10-24T23:50:00+02:00", "history?period=day");
    await until("the day", async () => (await title(page)).includes("24. Okt"));
    await go("2026-10-25T02:35:00+01:00");
    await until("25 hours", async () => (await title(page)).includes("25. Okt") && (await bars(page)) === 25);
    await until("four hours with energy", async () => (await page.locator(".bars .up").count()) === 4);
    await page.getByRole("button", { name: "Als Tabelle" }).click();
    const rows = await page.locator(".chart tbody tr th").allTextContents();
    expect(rows.filter((row) => row.includes("02:00–"))).toHaveLength(2);
    await page.context().close();
  });
});

test("the page has thrown no error and logged none", () => expect(pageErrors).toEqual([]));

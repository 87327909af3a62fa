import { DAY_MS, HOUR_MS } from "@smp/schemas";
import type { EnergySeries, GapList } from "@smp/schemas/api";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, openPage, pageErrors, startSeeded, type TestPlatform } from "../support/app-browser.ts";
import { until } from "../support/platform-process.ts";
import { seedHouses, threeHouses } from "../support/app-houses.ts";

let served: TestPlatform;
let browser: Browser;

beforeAll(async () => {
  served = await startSeeded(async (store) => {
    await seedHouses(store, threeHouses(Date.now(), 400));
    const now = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
    const hours = { fromMs: now - 12 * DAY_MS, toMs: Date.now(), stepMs: HOUR_MS };
    await seedHouses(store, [{ ...hours, meter: "stunden", seed: 4, pvKwp: 0 }]);
  });
  browser = await launch();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await served?.close();
});

const energyOf = (query: string): Promise<EnergySeries> =>
  served.get<EnergySeries>(`v1/meters/haus/energy?${query}&tz=Europe/Vienna`);
const german = (kwh: number): string =>
  new Intl.NumberFormat("de-AT", {
    minimumFractionDigits: kwh >= 100 ? 0 : kwh >= 10 ? 1 : 2,
    maximumFractionDigits: kwh >= 100 ? 0 : kwh >= 10 ? 1 : 2,
  }).format(kwh);

async function open(query: string): Promise<Page> {
  const page = await openPage(browser, served.as(`history?meter=haus&${query}`));
  await page.locator(".bars svg").waitFor();
  return page;
}

/** A day that is surely over: its values do not move while the test looks. */
const MONTH = "2026-10";

test("a month's total and each day in the table are the API's", async () => {
  const series = await energyOf(`from=${MONTH}-01&to=2026-11-01&resolution=day`);
  const page = await open(`period=month&date=${MONTH}-01`);
  expect(await page.locator(".figure.import strong").textContent()).toContain(
    german(series.total.import_kwh!),
  );
  await page.getByRole("button", { name: "Als Tabelle" }).click();
  const cells = await page.locator(".chart tbody tr td:nth-child(2)").allTextContents();
  expect(cells.map((cell) => cell.replace(/\skWh/, ""))).toEqual(
    series.buckets.map((bucket) => german(bucket.import_kwh!)),
  );
  await page.context().close();
});

test("the night of the clock change has its twenty-fifth hour, and both two o'clocks", async () => {
  const page = await open("period=day&date=2026-10-25");
  await page.getByRole("button", { name: "Als Tabelle" }).click();
  const rows = await page.locator(".chart tbody tr th").allTextContents();
  expect(rows).toHaveLength(25);
  expect(rows.filter((row) => row.includes("02:00–"))).toHaveLength(2);
  await page.context().close();
});

test.each([["day"], ["month"]])(
  "a meter that sends once an hour is said to, and nothing of its %s is called a gap",
  async (period) => {
    const date = new Date(Date.now() - 3 * DAY_MS).toISOString().slice(0, 10);
    const page = await openPage(
      browser,
      served.as(`history?meter=stunden&period=${period}&date=${date}&compare=previous`),
    );
    await page
      .getByText(/^Messungen im Abstand von 1\sStunde · Abdeckung (seit Messbeginn: )?\d+\s%$/)
      .waitFor();
    await page.locator(".bars .up").nth(2).waitFor();
    expect(await page.locator(".bars .hatched, .gaps li").count()).toBe(0);
    await page.context().close();
  },
);

test("a bar opens what is behind it by keyboard: value, coverage, counters; and leads into the hours", async () => {
  const page = await open(`period=month&date=${MONTH}-01`);
  await page.getByRole("slider").focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  const sheet = page.getByRole("dialog");
  await sheet.locator(".stands td").first().waitFor();
  const { buckets } = await energyOf(`from=${MONTH}-02&to=${MONTH}-03&resolution=day`);
  expect(await sheet.locator(".facts dd").first().textContent()).toContain(german(buckets[0]!.import_kwh!));
  const [first, last] = (await sheet.locator(".stands tbody tr").first().locator("td").allTextContents()).map(
    (cell) => Number(cell.replace(/[^\d,]/g, "").replace(",", ".")),
  );
  expect(last! - first!).toBeCloseTo(buckets[0]!.import_kwh!, 3);
  await sheet.getByRole("link", { name: "Die Stunden ansehen" }).click();
  await page.waitForURL(/period=day/);
  expect(new URL(page.url()).searchParams.get("date")).toBe(`${MONTH}-02`);
  await sheet.waitFor({ state: "detached" });
  await page.context().close();
});

test("a gap is a gap: hatched, in words, with the energy that passed in it", async () => {
  const gapDay = new Intl.DateTimeFormat("en-CA", { timeZone: "Europe/Vienna", dateStyle: "short" }).format(
    Date.now() - 11 * 86_400_000,
  );
  const page = await open(`period=day&date=${gapDay}`);
  const gaps = await served.get<GapList>(
    `v1/meters/haus/gaps?from=${gapDay}&to=${gapDay}T23:59:00%2B01:00&tz=Europe/Vienna`,
  );
  expect(gaps.gaps).toHaveLength(1);
  expect(await page.locator(".bars .gap").count()).toBe(24);
  expect(await page.locator(".gaps li").textContent()).toMatch(/keine Daten .* – .* · [\d,]+\skWh/);
  await page.context().close();
});

test("a running period is compared with the same part of the one before, and says so", async () => {
  const page = await open("period=month&compare=previous");
  const line = page.locator(".comparison");
  await line.waitFor();
  expect(await line.textContent()).toMatch(/[+−]\d+\s%.*bezogen.*gleicher Zeitraum:.* bis \d\d:\d\d/);
  await page.context().close();
});

test("a period with half its readings is compared in kilowatt hours, and no share is told of it", async () => {
  const page = await openPage(browser, "about:blank", { serviceWorkers: "block" });
  await page.route("**/v1/meters/haus/energy*", async (route) => {
    const answer = await route.fetch();
    const series = (await answer.json()) as EnergySeries;
    await route.fulfill({ response: answer, json: { ...series, total: { ...series.total, coverage: 0.5 } } });
  });
  await page.goto(served.as("history?meter=haus&period=month&compare=previous"));
  const line = page.locator(".comparison");
  await line.waitFor();
  expect(await line.locator(".change").allTextContents()).toEqual(["–", "–"]);
  expect(await line.textContent()).toMatch(/kWh statt .*\skWh.*unsicher: Abdeckung nur 50\s%/);
  await page.context().close();
});

test("the power of a day is drawn on demand, and is a table too", async () => {
  const page = await openPage(
    browser,
    served.as(`history?meter=haus&period=day&date=${MONTH}-10&show=power`),
  );
  await page.locator(".plot canvas").waitFor();
  await page.getByRole("button", { name: "Als Tabelle" }).click();
  expect(await page.locator(".chart tbody tr").count()).toBe(96);
  await page.context().close();
});

/** Which hours of the day the curve shows, as the page says it; none while it shows all. */
async function partOf(page: Page): Promise<number[]> {
  const said = (await page.locator(".curve-read [role=status]").textContent()) ?? "";
  return [...said.matchAll(/(\d\d):(\d\d)/g)].map(([, hour, minute]) => Number(hour) + Number(minute) / 60);
}
/** To a quarter of an hour: a finger is not finer. */
const near = (part: readonly number[], ...hours: number[]): boolean =>
  part.length === hours.length && hours.every((hour, index) => Math.abs(hour - (part[index] ?? -1)) < 0.25);

async function openPower(options: { hasTouch?: boolean } = {}): Promise<Page> {
  const path = served.as(`history?meter=haus&period=day&date=${MONTH}-10&show=power`);
  const page = await openPage(browser, path, options);
  await page.locator(".plot canvas").waitFor();
  await page.locator(".plot").scrollIntoViewIfNeeded();
  return page;
}

test("two fingers show a part of the power closer, one moves it, and the page stays where it is", async () => {
  const page = await openPower({ hasTouch: true });
  const session = await page.context().newCDPSession(page);
  const area = (await page.locator(".u-over").boundingBox())!;
  const y = area.y + area.height / 2;
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", ...shares: number[]): Promise<unknown> =>
    session.send("Input.dispatchTouchEvent", {
      type,
      touchPoints: shares.map((share, id) => ({ x: area.x + share * area.width, y, id })),
    });
  await touch("touchStart", 0.4, 0.6);
  await touch("touchMove", 0.2, 0.8);
  await touch("touchMove", 0.1, 0.9);
  await touch("touchEnd");
  // From 9:36 to 14:24 lay between the fingers: that now takes four fifths of the width.
  await until("the part between the fingers", async () => near(await partOf(page), 9, 15));
  await touch("touchStart", 0.8);
  await touch("touchMove", 0.5);
  await touch("touchMove", 0.3);
  await touch("touchEnd");
  await until("three hours later", async () => near(await partOf(page), 12, 18));
  expect(new URL(page.url()).searchParams.get("date")).toBe(`${MONTH}-10`);
  await page.getByRole("button", { name: "Alles zeigen" }).click();
  await until("the whole day", async () => (await partOf(page)).length === 0);
  await page.context().close();
});

test("the keyboard does on the curve what fingers do", async () => {
  const page = await openPower();
  const press = async (name: string): Promise<void> => {
    await page.getByRole("button", { name, exact: true }).focus();
    await page.keyboard.press("Enter");
  };
  await press("Vergrößern");
  await until("the middle of the day", async () => near(await partOf(page), 6, 18));
  await press("Später");
  await until("its second half", async () => near(await partOf(page), 12, 0));
  expect(await page.getByRole("button", { name: "Später" }).getAttribute("aria-disabled")).toBe("true");
  await press("Früher");
  await press("Verkleinern");
  await until("the whole day", async () => (await partOf(page)).length === 0);
  await page.context().close();
});

test("forward and back walk through time, and stop at the present", async () => {
  const page = await open("period=week");
  await page.getByRole("button", { name: "Zurück" }).click();
  await page.waitForURL(/date=/);
  await page.getByRole("button", { name: "Weiter" }).click();
  await page.waitForURL((url) => !url.searchParams.has("date"));
  expect(await page.getByRole("button", { name: "Weiter" }).isDisabled()).toBe(true);
  await page.context().close();
});

test("a year half typed, or an address that names no day, shows the present and not an empty page", async () => {
  const page = await open("period=week&date=2026-02-30");
  expect(await page.getByRole("button", { name: "Weiter" }).isDisabled()).toBe(true);
  /** As browsers tell it after each digit of the year. */
  const type = (value: string): Promise<unknown> =>
    page.locator(".date-title input").evaluate((input, typed) => {
      (input as unknown as { value: string }).value = typed;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }, value);
  for (const value of ["0002-11-25", "0020-11-25", "0202-11-25"]) await type(value);
  expect(new URL(page.url()).searchParams.get("date")).toBe("2026-02-30");
  await type("2026-09-09");
  await page.waitForURL(/date=2026-09-07/);
  await page.locator(".bars .up").first().waitFor();
  await page.context().close();
});

test("where the system sets the colours one sees what is chosen, and what each colour of a chart means", async () => {
  const page = await open("period=month&date=2026-10-01");
  await page.emulateMedia({ forcedColors: "active" });
  const ground = (query: string, pseudo?: string): Promise<string> =>
    page.evaluate(
      `getComputedStyle(document.querySelector(${JSON.stringify(query)}), ${JSON.stringify(pseudo ?? null)}).backgroundColor`,
    );
  expect(await ground(".segmented input:checked + span")).not.toBe(
    await ground(".segmented input:not(:checked) + span"),
  );
  expect(await ground(".legend .key-import", "::before")).not.toBe(
    await ground(".legend .key-export", "::before"),
  );
  await page.context().close();
});

test("whoever followed a link to a meter stays with it, and finds the way to a dead one's last reading", async () => {
  const page = await openPage(browser, served.as("history?meter=keller&period=day"));
  await page.getByRole("link", { name: /Zur letzten Messung/ }).click();
  await page.waitForURL(/date=/);
  await until("its bars", async () => (await page.locator(".bars .up").count()) > 0);
  await page.getByRole("link", { name: "Kosten", exact: true }).click();
  await page.locator("h1", { hasText: "Kosten" }).waitFor();
  expect(await page.locator(".picker select").inputValue()).toBe("keller");
  await page.context().close();
});

test("the page has thrown no error and logged none", () => expect(pageErrors).toEqual([]));

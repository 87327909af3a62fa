import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  DESKTOP,
  fits,
  launch,
  openPage,
  PHONE,
  picture,
  SMALL,
  startSeeded,
  violations,
  type TestPlatform,
} from "./app-browser.ts";
import { seedHouses, threeHouses } from "./app-houses.ts";
import { putGroup, putTariffs } from "./app-setup.ts";
import { until } from "./platform-process.ts";

/** Every screen: its address, and what it shows when it is there. */
export const SCREENS = {
  now: { path: "?meter=haus", shows: ".now .price-now" },
  "history-day": { path: "history?meter=haus&period=day", shows: ".bars svg" },
  "history-month": { path: "history?meter=haus&period=month&compare=previous", shows: ".comparison" },
  "history-cost": { path: "history?meter=haus&period=month&show=cost", shows: ".bars svg" },
  "history-power": { path: "history?meter=haus&period=week&show=power", shows: ".plot canvas" },
  costs: { path: "costs?meter=haus", shows: ".month-bar" },
  tariffs: { path: "tariffs", shows: ".tariff-entry" },
  "tariff-editor": { path: "tariffs?edit=spot&meter=haus", shows: ".editor .preview strong" },
  meters: { path: "meters", shows: ".meter-card" },
  meter: { path: "meters?id=haus", shows: ".meter-detail .registers" },
  more: { path: "more", shows: "h1" },
  export: { path: "export?meter=haus", shows: "pre" },
  tokens: { path: "tokens", shows: ".token-entry" },
  licences: { path: "licences", shows: "h1" },
  communities: { path: "community", shows: ".row-link" },
  community: { path: "community?id=dorf", shows: ".community .bars svg" },
  missing: { path: "nowhere", shows: "h1" },
} as const;
export type ScreenName = keyof typeof SCREENS;
export const screenNames = Object.keys(SCREENS) as ScreenName[];

const SIZES = { "360x740": PHONE, "1280x800": DESKTOP } as const;
/** What depends on colours alone is all that another theme can change. */
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];

/** Goes to a screen inside the open app, and waits until everything that it asked for is there. */
export async function show(page: Page, name: ScreenName): Promise<void> {
  const { path, shows } = SCREENS[name];
  await page.evaluate(
    `history.pushState(null, "", "./${path}"); dispatchEvent(new PopStateEvent("popstate")); scrollTo(0, 0)`,
  );
  await page.locator(shows).first().waitFor();
  await until(`${name} to be drawn`, async () =>
    Boolean(await page.evaluate(`!document.querySelector(".skeleton, [aria-busy=true]")`)),
  );
}

/** Charts are drawn anew for another width; two frames later they are there. */
async function resize(page: Page, size: { width: number; height: number }): Promise<void> {
  await page.setViewportSize(size);
  await page.evaluate(
    "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))",
  );
}

/** What can be pressed, and is lower than a finger. */
async function tooSmall(page: Page): Promise<string[]> {
  return (await page.evaluate(`[...document.querySelectorAll("a, button, select, summary, input, [role=slider]")]
    .filter((e) => e.offsetParent !== null && !e.matches(".skip, p a") && e.getBoundingClientRect().height < 43.5)
    .map((e) => "less than 44 pixels high: " + e.outerHTML.slice(0, 90))`)) as string[];
}

async function faultsAt(
  page: Page,
  size: keyof typeof SIZES,
  take: (view: string) => Promise<void>,
): Promise<string[]> {
  const found: string[] = [];
  await resize(page, SIZES[size]);
  if (!(await fits(page))) found.push(`${size}: wider than the screen`);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const faults = await violations(page, colorScheme === "dark" ? COLOUR_RULES : undefined);
    found.push(...faults.map((fault) => `${colorScheme} ${size}: ${fault}`));
    await take(`${colorScheme}-${size}`);
  }
  return found;
}

export interface ScreensUnderTest {
  served: () => TestPlatform;
  browser: () => Browser;
}

/** Every screen in a language, in both themes, on a phone and a desk: accessible, and nothing sticks out; down to 320 pixels. */
export function testScreens(lang: "de" | "en"): ScreensUnderTest {
  let served: TestPlatform;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    served = await startSeeded((store) => seedHouses(store, threeHouses(Date.now(), 370)));
    await putTariffs(served);
    await putGroup(served);
    browser = await launch();
    page = await openPage(browser, served.as("licences"), {
      locale: lang === "de" ? "de-AT" : "en-GB",
      reducedMotion: "reduce",
      deviceScaleFactor: 2,
    });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });
  test.each(screenNames)(
    `${lang}: %s is accessible and fits`,
    async (name) => {
      await resize(page, SMALL);
      await page.emulateMedia({ colorScheme: "light" });
      await show(page, name);
      const found = (await fits(page)) ? [] : ["wider than 320 pixels"];
      for (const size of Object.keys(SIZES) as (keyof typeof SIZES)[]) {
        found.push(...(await faultsAt(page, size, (view) => picture(page, { name, lang, view }))));
        if (size === "360x740") found.push(...(await tooSmall(page)));
      }
      expect(found).toEqual([]);
    },
    120_000,
  );
  return { served: () => served, browser: () => browser };
}

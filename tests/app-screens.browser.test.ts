import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  DESKTOP,
  fits,
  launch,
  openPage,
  pageErrors,
  PHONE,
  picture,
  SMALL,
  startSeeded,
  violations,
  type TestPlatform,
} from "./support/app-browser.ts";
import { until } from "./support/platform-process.ts";
import { seedHouses, threeHouses } from "./support/app-houses.ts";
import { putGroup, putTariffs } from "./support/app-setup.ts";

// Every screen, in both languages, both themes, on a phone and a desk: accessible, and nothing sticks out.
const SCREENS = {
  now: "?meter=haus",
  "history-day": "history?meter=haus&period=day",
  "history-month": "history?meter=haus&period=month&compare=previous",
  "history-cost": "history?meter=haus&period=month&show=cost",
  "history-power": "history?meter=haus&period=week&show=power",
  costs: "costs?meter=haus",
  tariffs: "tariffs",
  "tariff-editor": "tariffs?edit=spot&meter=haus",
  meters: "meters",
  meter: "meters?id=haus",
  more: "more",
  export: "export?meter=haus",
  tokens: "tokens",
  licences: "licences",
  communities: "community",
  community: "community?id=dorf",
  missing: "nowhere",
} as const;
type ScreenName = keyof typeof SCREENS;

/** The pictures that the README and the docs show. */
const SHOWN: ReadonlySet<string> = new Set([
  "now",
  "history-month",
  "costs",
  "meters",
  "tariff-editor",
  "community",
]);

const SHOWN_WIDE: ReadonlySet<string> = new Set(["now", "history-month", "costs", "community"]);

let served: TestPlatform;
let browser: Browser;

beforeAll(async () => {
  served = await startSeeded((store) => seedHouses(store, threeHouses(Date.now(), 70)));
  await putTariffs(served);
  await putGroup(served);
  browser = await launch();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await served?.close();
});

/** Goes to a screen inside the open app, and waits until everything that it asked for is there. */
async function show(page: Page, name: ScreenName): Promise<void> {
  await page.evaluate(
    `history.pushState(null, "", "./${SCREENS[name]}"); dispatchEvent(new PopStateEvent("popstate")); scrollTo(0, 0)`,
  );
  await until(`${name} to be drawn`, async () =>
    Boolean(
      await page.evaluate(
        `document.querySelector("h1") && !document.querySelector(".skeleton, [aria-busy=true]") &&
         !(document.querySelector(".power-curve") && !document.querySelector(".plot canvas"))`,
      ),
    ),
  );
}

const sizes = { "360x740": PHONE, "1280x800": DESKTOP } as const;
const combinations = (["de", "en"] as const).flatMap((lang) =>
  (["light", "dark"] as const).flatMap((colorScheme) =>
    (["360x740", "1280x800"] as const).map((size) => ({ lang, colorScheme, size })),
  ),
);

describe.each(combinations)("in $lang, $colorScheme, $size", ({ lang, colorScheme, size }) => {
  test("every screen is accessible and fits", async () => {
    const page = await openPage(browser, served.as("licences"), {
      viewport: sizes[size],
      colorScheme,
      locale: lang === "de" ? "de-AT" : "en-GB",
      reducedMotion: "reduce",
      deviceScaleFactor: 2,
    });
    const found: string[] = [];
    for (const name of Object.keys(SCREENS) as ScreenName[]) {
      await show(page, name);
      found.push(...(await violations(page)).map((fault) => `${name}: ${fault}`));
      if (!(await fits(page))) found.push(`${name}: wider than the screen`);
      if (lang === "en" && (size === "360x740" ? SHOWN : SHOWN_WIDE).has(name))
        await picture(page, `${name}-${colorScheme}-${size}`, served.dir);
    }
    expect(found).toEqual([]);
    await page.context().close();
  }, 240_000);
});

test("everything fits 320 pixels", async () => {
  const page = await openPage(browser, served.as("licences"), { viewport: SMALL });
  const wide: string[] = [];
  for (const name of Object.keys(SCREENS) as ScreenName[]) {
    await show(page, name);
    if (!(await fits(page))) wide.push(name);
  }
  expect(wide).toEqual([]);
  await page.context().close();
}, 120_000);

test("what can be pressed is at least 44 pixels high", async () => {
  const page = await openPage(browser, served.as("licences"), { reducedMotion: "reduce" });
  const small: string[] = [];
  for (const name of Object.keys(SCREENS) as ScreenName[]) {
    await show(page, name);
    const found =
      (await page.evaluate(`[...document.querySelectorAll("a, button, select, summary, input, [role=slider]")]
      .filter((e) => e.offsetParent !== null && !e.matches(".skip, p a") && e.getBoundingClientRect().height < 43.5)
      .map((e) => e.outerHTML.slice(0, 90))`)) as string[];
    small.push(...found.map((html) => `${name}: ${html}`));
  }
  expect(small).toEqual([]);
  await page.context().close();
}, 120_000);

test("the keyboard reaches every section, and lands on its heading", async () => {
  const page = await openPage(browser, served.as("licences"));
  await page.locator("h1").waitFor();
  await page.keyboard.press("Tab");
  expect(await page.evaluate("document.activeElement.className")).toBe("skip");
  for (const name of ["Jetzt", "Verlauf", "Kosten", "Zähler", "Mehr"]) {
    await page.getByRole("link", { name, exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.locator("h1", { hasText: name }).waitFor();
    await until("the heading to have the focus", async () =>
      Boolean(await page.evaluate("document.activeElement?.tagName === 'H1'")),
    );
  }
  await page.context().close();
});

test("the page has thrown no error and logged none", () => expect(pageErrors).toEqual([]));

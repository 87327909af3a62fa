import { expect, test } from "vitest";
import { openPage, pageErrors } from "../support/app-browser.ts";
import { missedByTab } from "../support/app-keyboard.ts";
import { screenNames, show, testScreens } from "../support/app-screens.ts";
import { until } from "../support/platform-process.ts";

const { browser, served } = testScreens("de");

test("the keyboard reaches every section, and lands on its heading", async () => {
  const page = await openPage(browser(), served().as("licences"));
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

test("the keyboard alone reaches all that can be used on every screen, and one sees where it is", async () => {
  const page = await openPage(browser(), served().as("licences"), { locale: "de-AT" });
  await page.locator("h1").waitFor();
  const missed: string[] = [];
  for (const name of screenNames) {
    await show(page, name);
    missed.push(...(await missedByTab(page)).map((fault) => `${name}: ${fault}`));
  }
  expect(missed).toEqual([]);
  await page.context().close();
}, 120_000);

test("the page has thrown no error and logged none", () => expect(pageErrors).toEqual([]));

import type { Page } from "playwright-core";

const USABLE = "a[href], button, input, select, textarea, summary, [tabindex='0']";

/** Of a group of radio buttons Tab reaches one; the arrow keys reach the others. */
const COLLECT = `(() => {
  const usable = [...document.querySelectorAll(${JSON.stringify(USABLE)})].filter((e) =>
    e.checkVisibility() && e.tabIndex >= 0 && !e.disabled && !(e.type === "radio" && !e.checked));
  Object.assign(globalThis, { usable, reached: new Set(), seen: new Set() });
  return usable.length;
})()`;
/** A date has a stop for each of its numbers, and one for its calendar. */
const STOPS_MAX = 7;

/** A control may be drawn by what stands around or beside it. */
const NOTE = `(() => {
  const focused = document.activeElement;
  reached.add(focused);
  const marks = [focused, focused.parentElement, focused.nextElementSibling].filter(Boolean).map((e) => getComputedStyle(e));
  const isMarked = marks.some((s) => (s.outlineStyle !== "none" && s.outlineWidth !== "0px") || s.boxShadow !== "none");
  if (isMarked) seen.add(focused);
  return usable.every((e) => reached.has(e));
})()`;

/** Goes once around a screen by Tab, and tells what can be used and was not reached, or does not show that it was. */
export async function missedByTab(page: Page): Promise<string[]> {
  const controls = (await page.evaluate(COLLECT)) as number;
  let isAround = false;
  for (let stop = 0; stop < controls * STOPS_MAX && !isAround; stop++) {
    await page.keyboard.press("Tab");
    isAround = (await page.evaluate(NOTE)) as boolean;
  }
  return (await page.evaluate(`[
    ...usable.filter((e) => !reached.has(e)).map((e) => "not reached: " + e.outerHTML.slice(0, 120)),
    ...usable.filter((e) => reached.has(e) && !seen.has(e)).map((e) => "not seen to be reached: " + e.outerHTML.slice(0, 120)),
  ]`)) as string[];
}

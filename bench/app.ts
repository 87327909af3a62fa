/**
 * What the app costs a slow phone: first paint, a tap, a year's chart, on a CPU slowed down four times; and the first paint of
 * an empty page from the same server in the same minute. See bench/README.md.
 *
 * Run: npm run build && npm run bench:app -- [--rounds 7] [--trace FILE]
 *      npm run bench:app -- --url 'http://localhost:8080/#token=smp_…' [--meter haus]    another platform, without the peer
 */
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { PEER_PATH, startSeeded } from "./app/platform.ts";
import { machine, quantile } from "./query/timing.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    url: { type: "string" },
    meter: { type: "string" },
    trace: { type: "string" },
  },
});
const SLOWDOWN = 4;
const SETTLED_MS = 500;

/** A new phone that has never seen the page. */
async function openSlowly(
  browser: Browser,
  url: string,
): Promise<{ context: BrowserContext; page: Page; sizes: number[] }> {
  const context = await browser.newContext({
    viewport: { width: 360, height: 740 },
    serviceWorkers: "block",
  });
  const page = await context.newPage();
  const sizes: number[] = [];
  page.on("response", (response) => {
    if (!response.url().endsWith(".js")) return;
    response.body().then(
      (body) => sizes.push(gzipSync(body).length),
      () => undefined,
    );
  });
  const session = await context.newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWDOWN });
  await page.goto(url);
  return { context, page, sizes };
}

const firstPaint = async (page: Page): Promise<number> =>
  (await page.evaluate(`new Promise((resolve) => {
    const entry = () => performance.getEntriesByName("first-contentful-paint")[0];
    const look = () => (entry() ? resolve(entry().startTime) : setTimeout(look, 50));
    look();
  })`)) as number;

/** Milliseconds from a press to the frame after the screen shows what it asked for. */
const timeOf = async (page: Page, press: string, shows: string): Promise<number> =>
  (await page.evaluate(
    `(async () => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      const start = performance.now();
      document.querySelector(${JSON.stringify(press)}).click();
      while (!document.querySelector(${JSON.stringify(shows)})) await frame();
      await frame();
      return performance.now() - start;
    })()`,
  )) as number;

interface Figures {
  peer: number[];
  paint: number[];
  tap: number[];
  year: number[];
  kilobytes: number[];
}

async function measureOnce(
  browser: Browser,
  at: { page: string; peer: string | undefined },
  figures: Figures,
): Promise<void> {
  if (at.peer !== undefined) {
    const peer = await openSlowly(browser, at.peer);
    figures.peer.push(await firstPaint(peer.page));
    await peer.context.close();
  }
  const { context, page, sizes } = await openSlowly(browser, at.page);
  await page.getByRole("meter").waitFor();
  await page.waitForTimeout(SETTLED_MS);
  figures.kilobytes.push(sizes.reduce((sum, size) => sum + size, 0) / 1000);
  figures.paint.push(await firstPaint(page));
  await page.locator(".nav a[href='./history']").click();
  await page.locator(".bars svg").waitFor();
  const radio = (value: string): string => `input[value="${value}"]`;
  figures.tap.push(await timeOf(page, radio("day"), `${radio("day")}:checked`));
  await page.waitForTimeout(SETTLED_MS);
  const drawn = ".bars g.bar:nth-of-type(16), .bars[aria-valuemax='11'] svg";
  figures.year.push(await timeOf(page, radio("year"), drawn));
  await context.close();
}

/** What the first screen's time goes to, for chrome://tracing or the Performance panel. */
async function trace(browser: Browser, url: string, path: string): Promise<void> {
  const { context, page } = await openSlowly(browser, "about:blank");
  await browser.startTracing(page, { path });
  await page.goto(url);
  await page.getByRole("meter").waitFor();
  await browser.stopTracing();
  await context.close();
}

const own = values.url === undefined ? await startSeeded() : undefined;
const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
});
try {
  const [base = "", fragment = ""] = (values.url ?? `${own?.url}/#token=${own?.token}`).split("#");
  const meter = values.meter ?? (own && "haus");
  const page = `${base}${meter === undefined ? "" : `?meter=${encodeURIComponent(meter)}`}#${fragment}`;
  const peer = own && `${own.url}/${PEER_PATH}`;
  const figures: Figures = { peer: [], paint: [], tap: [], year: [], kilobytes: [] };
  await measureOnce(browser, { page, peer }, { peer: [], paint: [], tap: [], year: [], kilobytes: [] });
  for (let round = 0; round < Number(values.rounds); round++)
    await measureOnce(browser, { page, peer }, figures);
  if (values.trace !== undefined) await trace(browser, page, values.trace);
  report(figures, browser.version());
} finally {
  await browser.close();
  await own?.close();
}

function report(figures: Figures, chromiumVersion: string): void {
  const median = (times: readonly number[]): number => quantile(times, 0.5);
  const line = (name: string, times: readonly number[], goal?: number): void => {
    const [least, most] = [Math.min(...times), Math.max(...times)];
    const goalText = goal === undefined ? "" : `   goal ${goal}`;
    console.log(
      `${name.padEnd(34)} ${median(times).toFixed(0).padStart(5)} ms [${least.toFixed(0)}-${most.toFixed(0)}]${goalText}`,
    );
  };
  console.log(machine());
  console.log(
    `Chromium ${chromiumVersion}, CPU slowed ${SLOWDOWN} times, ${values.rounds} rounds after one that does not count: median [lowest-highest]`,
  );
  console.log(
    `${"JavaScript of the first screen".padEnd(34)} ${median(figures.kilobytes).toFixed(1).padStart(5)} kB gzip   goal 60`,
  );
  line("first contentful paint", figures.paint, 1_000);
  if (figures.peer.length > 0) {
    line("  of the peer: one line of text", figures.peer);
    console.log(
      `  times the peer's${" ".repeat(20)}${(median(figures.paint) / median(figures.peer)).toFixed(1)}`,
    );
  }
  line("a tap (day) to the next frame", figures.tap, 100);
  line("a year's chart, asked and drawn", figures.year, 200);
}

import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openStore, type Store } from "@smp/store";
import { pino } from "pino";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { expect } from "vitest";
import { readConfig, startPlatform, type Platform } from "../../start.ts";

// What the app's browser tests share: the real embedded platform, Debian's Chromium, and the checks that every screen must pass.

export const PHONE = { width: 360, height: 740 };
export const DESKTOP = { width: 1280, height: 800 };
export const SMALL = { width: 320, height: 640 };

const appDir = fileURLToPath(new URL("../../app/dist", import.meta.url));
const images = fileURLToPath(new URL("../../docs/images/", import.meta.url));
const writesImages = process.env["SMP_SCREENSHOTS"] === "1";

export interface TestPlatform {
  url: string;
  /** The address of a screen with the operator's token in the fragment. */
  as(path: string): string;
  dir: string;
  platform: Platform;
  /** GETs JSON as the operator. */
  get<T>(path: string): Promise<T>;
  close(): Promise<void>;
}

/** The embedded platform with what `seed` puts into its store before it starts. */
export async function startSeeded(seed: (store: Store) => Promise<void>): Promise<TestPlatform> {
  expect(existsSync(join(appDir, "index.html")), "the app is not built: npm run build").toBe(true);
  const dir = await mkdtemp(join(tmpdir(), "smp-browser-"));
  const config = readConfig({
    SMP_DATA_DIR: dir,
    SMP_HTTP_PORT: "0",
    SMP_MQTT_PORT: "0",
    SMP_MQTT_HOST: "127.0.0.1",
    SMP_HTTP_REQUESTS_PER_MINUTE: "0",
    SMP_HTTP_LISTENERS_PER_ADDRESS: "50",
    SMP_SIMULATE: "false",
  });
  const store = await openStore(config.store);
  await seed(store);
  await store.close();
  const platform = await startPlatform(
    { ...config, api: { ...config.api, appDir } },
    pino({ level: "silent" }),
  );
  return {
    url: platform.httpUrl,
    as: (path) => `${platform.httpUrl}/${path}#token=${platform.adminToken}`,
    dir,
    platform,
    async get<T>(path: string): Promise<T> {
      const response = await fetch(`${platform.httpUrl}/${path}`, {
        headers: { authorization: `Bearer ${platform.adminToken}` },
      });
      expect(response.status, path).toBe(200);
      return (await response.json()) as T;
    },
    async close() {
      await platform.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export async function launch(): Promise<Browser> {
  return await chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** What pages threw or logged as errors; a test at the end of each file expects nothing here. */
export const pageErrors: string[] = [];

/** Opens a screen as whoever `url` says: `served.as(path)` is the operator, `served.url` anonymous. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions & { expectErrors?: boolean } = {},
): Promise<Page> {
  const { expectErrors = false, ...context } = options;
  const page = await (
    await browser.newContext({ locale: "de-AT", timezoneId: "Europe/Vienna", viewport: PHONE, ...context })
  ).newPage();
  page.on("pageerror", (error) => pageErrors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !expectErrors)
      pageErrors.push(`${message.text()} ${message.location().url}`);
  });
  await page.goto(url);
  return page;
}

/** What a screen of people who cannot see, or not well, must not have; with its first element. */
export async function violations(page: Page): Promise<string[]> {
  const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  // The page's own policy forbids foreign scripts, rightly; the check goes in through the debugger.
  await page.evaluate(axe);
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const found = (await page.evaluate(
    `axe.run({ runOnly: { type: "tag", values: ${JSON.stringify(tags)} } })`,
  )) as { violations: { id: string; nodes: { html: string }[] }[] };
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

/** No sideways scrolling: everything fits the width. */
export async function fits(page: Page): Promise<boolean> {
  return (await page.evaluate(
    "document.documentElement.scrollWidth <= document.documentElement.clientWidth",
  )) as boolean;
}

/** Screenshots of the README and the docs when asked for (`npm run screenshots`), else thrown away. */
export async function picture(page: Page, name: string, dir: string): Promise<void> {
  const folder = writesImages ? images : join(dir, "images");
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openStore, type Store } from "@smp/store";
import { pino } from "pino";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { expect } from "vitest";
import { readConfig } from "../../embedded/config.ts";
import { startPlatform, type Platform } from "../../start.ts";

// What the app's browser tests share: the real embedded platform, Debian's Chromium, and the checks that every screen must pass.

export const PHONE = { width: 360, height: 740 };
export const DESKTOP = { width: 1280, height: 800 };
export const SMALL = { width: 320, height: 640 };

const appDir = fileURLToPath(new URL("../../app/dist", import.meta.url));
const images = fileURLToPath(new URL("../../docs/images/", import.meta.url));
const picturesDir = process.env["SMP_SCREENSHOTS"];

export interface TestPlatform {
  url: string;
  /** The address of a screen with the operator's token in the fragment. */
  as(path: string): string;
  dir: string;
  platform: Platform;
  /** GETs JSON as the operator. */
  get<T>(path: string): Promise<T>;
  /** PUTs JSON as the operator. */
  put(path: string, body: unknown): Promise<void>;
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
    // A slow machine is no fault of the app's.
    SMP_HTTP_QUERY_MS: "60000",
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
    async put(path, body) {
      const response = await fetch(`${platform.httpUrl}/${path}`, {
        method: "PUT",
        headers: { authorization: `Bearer ${platform.adminToken}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      expect(response.ok, `${path}: ${response.status} ${await response.text()}`).toBe(true);
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

const axeFile = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What a screen of people who cannot see, or not well, must not have; with its first element. All rules, or some. */
export async function violations(page: Page, rules?: readonly string[]): Promise<string[]> {
  // The page's own policy forbids foreign scripts, rightly; the check goes in through the debugger, once a page.
  if (await page.evaluate("typeof axe === 'undefined'")) await page.evaluate(await readFile(axeFile, "utf8"));
  const runOnly = rules ? { type: "rule", values: rules } : { type: "tag", values: AXE_TAGS };
  const options = { runOnly, resultTypes: ["violations"] };
  const found = (await page.evaluate(`axe.run(${JSON.stringify(options)})`)) as {
    violations: { id: string; nodes: { html: string }[] }[];
  };
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

/** No sideways scrolling: everything fits the width. */
export async function fits(page: Page): Promise<boolean> {
  return (await page.evaluate(
    "document.documentElement.scrollWidth <= document.documentElement.clientWidth",
  )) as boolean;
}

export interface Picture {
  name: string;
  lang: "de" | "en";
  /** Theme and size: `dark-360x740`. */
  view: string;
}

/** The pictures that the README shows; they cannot age, because `npm run screenshots` writes them. */
const SHOWN: ReadonlySet<string> = new Set(["en now light-360x740", "en now dark-360x740"]);
/** With `npm run screenshots`: a picture into the folder to look at, and into docs/images where the README shows it. */
export async function picture(page: Page, { name, lang, view }: Picture): Promise<void> {
  if (picturesDir === undefined) return;
  await page.screenshot({ path: join(picturesDir, `${name}-${lang}-${view}.png`) });
  if (SHOWN.has(`${lang} ${name} ${view}`))
    await page.screenshot({ path: join(images, `${name}-${view}.png`) });
}

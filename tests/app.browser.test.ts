import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { addDevice } from "@smp/certs";
import { simulatedTransport, startEdge, type Edge, type Transport } from "@smp/edge";
import { pino } from "pino";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig, startPlatform, type Platform } from "../start.ts";
import { until } from "./support/platform-process.ts";

// The built app in Debian's Chromium against the real embedded platform, with a simulated house behind a real edge.
const images = fileURLToPath(new URL("../docs/images/", import.meta.url));
const writesImages = process.env["SMP_SCREENSHOTS"] === "1";
const appDir = fileURLToPath(new URL("../app/dist", import.meta.url));
const KEY = "5a0d3c1e9b7f42688d11c0ffee20aa07";
const DEVICE = "demo-house";
const HISTORY_MS = 3 * 3_600_000;
const PHONE = { width: 360, height: 740 };
const DESKTOP = { width: 1280, height: 800 };

let dir: string;
let platform: Platform;
let edge: Edge;
let meter: string;
let browser: Browser;
const errors: string[] = [];

/** A house that was measured for three hours already, and goes on. */
function houseTransport(): Transport {
  const options = { key: KEY, pvKwp: 6, seed: 7 };
  return {
    name: "simulated house",
    async *bytes(signal) {
      const nowMs = Date.now();
      yield* simulatedTransport({ ...options, pace: "fast", fromMs: nowMs - HISTORY_MS, toMs: nowMs }).bytes(
        signal,
      );
      yield* simulatedTransport(options).bytes(signal);
    },
  };
}

async function startHouse(): Promise<Edge> {
  const { files } = await addDevice({ dir: join(dir, "pki"), id: DEVICE });
  return await startEdge(
    {
      dataDirectory: join(dir, "house"),
      broker: { url: `mqtts://localhost:${platform.mqttPort}`, certificates: dirname(files.cert) },
      journal: { daysMax: 30, bytesMax: 2 ** 26, drain: "oldest-first", drainPerSecond: 1000 },
      meters: [{ name: "house", key: { hex: KEY }, timeZone: "Europe/Vienna", intervalSeconds: 0 }],
    },
    { log: pino({ level: "silent" }), transports: { house: houseTransport() } },
  );
}

interface Latest {
  t: number;
  age_s: number;
  power_w: number;
  registers: Record<string, { value: number }>;
}
const latest = async (): Promise<Latest> =>
  (await (await fetch(`${platform.httpUrl}/v1/meters/${meter}/latest`)).json()) as Latest;

async function openPage(options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ locale: "de-AT", timezoneId: "Europe/Vienna", ...options });
  const page = await context.newPage();
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(platform.httpUrl);
  await page.getByRole("meter").waitFor();
  await page.locator(".last-hour .line").first().waitFor();
  return page;
}

beforeAll(async () => {
  expect(existsSync(join(appDir, "index.html")), "the app is not built: npm run build").toBe(true);
  dir = await mkdtemp(join(tmpdir(), "smp-browser-"));
  const config = readConfig({
    SMP_DATA_DIR: dir,
    SMP_HTTP_PORT: "0",
    SMP_MQTT_PORT: "0",
    SMP_MQTT_HOST: "127.0.0.1",
    SMP_SIMULATE: "false",
  });
  platform = await startPlatform({ ...config, api: { ...config.api, appDir } }, pino({ level: "silent" }));
  edge = await startHouse();
  await until("the house's history", async () => {
    const { meters } = (await (await fetch(`${platform.httpUrl}/v1/meters`)).json()) as {
      meters: { id: string; age_s: number }[];
    };
    meter = meters[0]?.id ?? "";
    return (meters[0]?.age_s ?? Infinity) < 10;
  });
  browser = await chromium.launch({
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
});
afterAll(async () => {
  await browser?.close();
  await edge?.close();
  await platform?.close();
  await rm(dir, { recursive: true, force: true });
});

describe("the page of a household", () => {
  test("shows the power that the API tells, and follows the meter within six seconds", async () => {
    const page = await openPage({ viewport: PHONE });
    const shown = async (): Promise<number> =>
      Number(await page.getByRole("meter").getAttribute("aria-valuenow"));
    await until("the screen to equal the API", async () => (await shown()) === (await latest()).power_w);
    const before = (await latest()).t;
    await until("the next telegram", async () => (await latest()).t > before, 10_000);
    await until("the screen to follow", async () => (await shown()) === (await latest()).power_w, 6_000);
    expect(await page.locator(".age").textContent()).toMatch(/vor \d+\ss/);
    await page.context().close();
  });

  test("shows today's energy as the API tells it, and every register to the last digit", async () => {
    const page = await openPage({ viewport: PHONE });
    await page.locator(".today dd").first().waitFor();
    await page.getByText("Alle Register").click();
    await until("the counter", async () => {
      const counter = (await latest()).registers["1-0:1.8.0"]!.value;
      const text = await page.locator("details td").first().textContent();
      return text?.replace(/\D/g, "") === String(counter);
    });
    await page.context().close();
  });

  test("has the curve as a table and as a sentence", async () => {
    const page = await openPage({ viewport: PHONE });
    expect(await page.locator(".summary").textContent()).toMatch(
      /In den letzten 60 Minuten zwischen .* und .*, im Mittel/,
    );
    await page.getByRole("button", { name: "Als Tabelle" }).click();
    expect(await page.locator(".table-scroll tbody tr").count()).toBe(60);
    await page.context().close();
  });

  test("speaks English, and remembers it", async () => {
    const page = await openPage({ viewport: PHONE });
    await page.getByLabel("Sprache").selectOption("en");
    expect(await page.getByRole("heading", { name: "Today" }).isVisible()).toBe(true);
    await page.reload();
    await page.getByRole("heading", { name: "Last 60 minutes" }).waitFor();
    await page.context().close();
  });

  test.each([
    { name: "light-360x740", viewport: PHONE, colorScheme: "light" as const },
    { name: "dark-360x740", viewport: PHONE, colorScheme: "dark" as const },
    { name: "light-1280x800", viewport: DESKTOP, colorScheme: "light" as const },
    { name: "dark-1280x800", viewport: DESKTOP, colorScheme: "dark" as const },
    { name: "light-320x640", viewport: { width: 320, height: 640 }, colorScheme: "light" as const },
  ])("is accessible and fits at $name", async ({ name, ...options }) => {
    const page = await openPage({ ...options, deviceScaleFactor: 2, reducedMotion: "reduce" });
    await page.locator(".today dd").first().waitFor();
    expect(
      await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"),
    ).toBe(true);
    const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    // The page's own policy forbids foreign scripts, rightly; the check goes in through the debugger.
    await page.evaluate(axe);
    const { violations } = (await page.evaluate("axe.run()")) as {
      violations: { id: string; nodes: { html: string }[] }[];
    };
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    const folder = writesImages ? images : join(dir, "images");
    await mkdir(folder, { recursive: true });
    await page.screenshot({ path: join(folder, `now-${name}.png`) });
    await page.context().close();
  });

  test("is honest when data stop: the age grows, the value is called the last one", async () => {
    const page = await openPage({ viewport: PHONE });
    await edge.close();
    await page.locator(".age.stale").waitFor({ timeout: 30_000 });
    expect(await page.locator(".age").textContent()).toMatch(/seit \d+\ss keine Daten/);
    expect(await page.getByRole("meter").getAttribute("aria-valuetext")).toContain("letzter Wert");
    await page.context().close();
  }, 60_000);
});

test("the page has thrown no error and logged none", () => expect(errors).toEqual([]));

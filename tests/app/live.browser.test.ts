import { join, dirname } from "node:path";
import { addDevice } from "@smp/certs";
import { simulatedTransport, startEdge, type Edge, type Transport } from "@smp/edge";
import type { GroupBalance, Latest, MeterList } from "@smp/schemas/api";
import { pino } from "pino";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, openPage, pageErrors, startSeeded, type TestPlatform } from "../support/app-browser.ts";
import { until } from "../support/platform-process.ts";

// The built app in Debian's Chromium against the real embedded platform, with a simulated house behind a real edge.
const KEY = "5a0d3c1e9b7f42688d11c0ffee20aa07";
const DEVICE = "demo-house";
const HISTORY_MS = 3_600_000;

let served: TestPlatform;
let edge: Edge;
let meter: string;
let browser: Browser;

/** A house that was measured for an hour already, and goes on. */
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
  const { files } = await addDevice({ dir: join(served.dir, "pki"), id: DEVICE });
  return await startEdge(
    {
      dataDirectory: join(served.dir, "house"),
      broker: {
        url: `mqtts://localhost:${served.platform.mqttPort}`,
        certificates: dirname(files.cert),
      },
      journal: { daysMax: 30, bytesMax: 2 ** 26, drain: "oldest-first", drainPerSecond: 1000 },
      meters: [{ name: "house", key: { hex: KEY }, timeZone: "Europe/Vienna", intervalSeconds: 0 }],
    },
    { log: pino({ level: "silent" }), transports: { house: houseTransport() } },
  );
}

const latest = (): Promise<Latest> => served.get<Latest>(`v1/meters/${meter}/latest`);

async function openNow(): Promise<Page> {
  const page = await openPage(browser, served.as(""));
  await page.getByRole("meter").waitFor();
  await page.locator(".last-hour .line").first().waitFor();
  return page;
}

beforeAll(async () => {
  served = await startSeeded((store) =>
    store.reject([
      {
        code: "schema",
        detail: 'The register "1-0:16.7.0" must be a number.',
        topic: `sm/v1/${DEVICE}/reading`,
        device: DEVICE,
        received: Date.now() - HISTORY_MS,
        payload: "e30=",
      },
    ]),
  );
  edge = await startHouse();
  await until(
    "the house's history",
    async () => {
      const { meters } = await served.get<{ meters: { id: string; age_s: number }[] }>("v1/meters");
      meter = meters[0]?.id ?? "";
      return (meters[0]?.age_s ?? Infinity) < 10;
    },
    100_000,
  );
  browser = await launch();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await edge?.close();
  await served?.close();
});

test("the live balance of a community follows its meters, without a word from the page", async () => {
  await served.put("v1/groups/gasse", {
    name: "Sonnengasse",
    kind: "community",
    visibility: "private",
    meters: [meter],
    licence: null,
  });
  const balance = (): Promise<GroupBalance> => served.get<GroupBalance>("v1/groups/gasse/latest");
  const page = await openPage(browser, served.as("community?id=gasse"));
  const figures = page.locator(".balance .figure-value");
  await figures.first().waitFor();
  /** What is used, what is made, and what is left over or missing: whichever the sun lets flow now. */
  const shown = async (): Promise<string> =>
    (await figures.allTextContents()).map((figure) => figure.replace(/\D/g, "")).join(" ");
  const told = async (): Promise<string> => {
    const { consumption_w: used, production_w: made, net_w: net } = await balance();
    return [used, made, Math.abs(net)].map((watt) => Math.round(watt)).join(" ");
  };
  const same = async (): Promise<boolean> => (await shown()) === (await told());
  const asked: string[] = [];
  await until("the page to equal the API", same);
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  const before = await told();
  await until("another balance", async () => (await told()) !== before, 30_000);
  await until("the page to follow", same, 6_000);
  expect(asked.filter((path) => path.includes("gasse/latest"))).toEqual([]);
  await page.context().close();
}, 60_000);

describe("the page of a household", () => {
  test("shows the power that the API tells, and follows the meter within six seconds", async () => {
    const page = await openNow();
    const shown = async (): Promise<number> =>
      Number(await page.getByRole("meter").getAttribute("aria-valuenow"));
    await until("the screen to equal the API", async () => (await shown()) === (await latest()).power_w);
    const before = (await latest()).t;
    await until("the next telegram", async () => (await latest()).t > before, 10_000);
    await until("the screen to follow", async () => (await shown()) === (await latest()).power_w, 6_000);
    expect(await page.locator(".age").textContent()).toMatch(/vor \d+\ss/);
    await page.context().close();
  });

  test("shows every register to the last digit", async () => {
    const page = await openNow();
    await page.getByText("Alle Register").click();
    await until("the counter", async () => {
      const counter = (await latest()).registers["1-0:1.8.0"]!.value;
      const text = await page.locator(".registers td").first().textContent();
      return text?.replace(/\D/g, "") === String(counter);
    });
    await page.context().close();
  });

  test("says until when the device's certificate holds, and which message was rejected last", async () => {
    const page = await openPage(browser, served.as(`meters?id=${encodeURIComponent(meter)}`));
    const { meters } = await served.get<MeterList>("v1/meters");
    const year = meters[0]!.certificate_expires!.slice(0, 4);
    const certificate = page.locator(".facts div", { hasText: "Zertifikat" });
    await certificate.waitFor();
    expect(await certificate.locator("dd").textContent()).toMatch(
      new RegExp(`^bis \\d+\\. .+ ${year} \\(\\d+ Tage\\)$`),
    );
    const rejected = page.locator("section", { hasText: "Zuletzt abgelehnte Nachricht" });
    await rejected.getByText('The register "1-0:16.7.0" must be a number.').waitFor();
    await page.context().close();
  });

  test("has the curve as a table and as a sentence", async () => {
    const page = await openNow();
    expect(await page.locator(".last-hour .summary").textContent()).toMatch(
      /In den letzten 60 Minuten zwischen .* und .*, im Mittel/,
    );
    await page.getByRole("button", { name: "Als Tabelle" }).click();
    expect(await page.locator(".last-hour tbody tr").count()).toBe(60);
    await page.context().close();
  });

  test("is honest when data stop: the age grows, the value is called the last one", async () => {
    const page = await openNow();
    await edge.close();
    await page.locator(".age.stale").waitFor({ timeout: 30_000 });
    expect(await page.locator(".age").textContent()).toMatch(/seit \d+\ss keine Daten/);
    expect(await page.getByRole("meter").getAttribute("aria-valuetext")).toContain("letzter Wert");
    await page.context().close();
  }, 60_000);
});

test("the page has thrown no error and logged none", () => expect(pageErrors).toEqual([]));

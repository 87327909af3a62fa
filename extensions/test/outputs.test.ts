import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { QUARTER_HOUR_MS, type NormalisedReading } from "@smp/schemas";
import type { Bucket } from "@smp/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Sight } from "../src/host/store-view.ts";
import { openExtensions, readExtensionsConfig, type Extensions } from "../src/index.ts";
import { ExtensionFolders } from "./support/extension-folder.ts";
import { fakeStore, reading } from "./support/fake-store.ts";

const Q = QUARTER_HOUR_MS;
/** The day on which the clock falls back: 100 quarter hours. */
const FROM = Date.parse("2026-10-25T00:00:00+02:00");
let folders: ExtensionFolders;
let extensions: Extensions;

beforeAll(async () => {
  folders = await ExtensionFolders.make();
  const intensity = join(folders.dir, "intensity.csv");
  const rows = Array.from(
    { length: 24 },
    (_, hour) => `${new Date(FROM + hour * 4 * Q).toISOString().replace(".000Z", "+00:00")},${100 + hour}`,
  );
  await writeFile(intensity, ["start,g_per_kwh", ...rows].join("\n"));
  extensions = await openExtensions(readExtensionsConfig({ SMP_X_CO2_INTENSITY: intensity }, folders.dir));
});
afterAll(async () => {
  await extensions.close();
  await folders.remove();
});

/** A house that draws 250 Wh and feeds in 100 Wh in each quarter hour of the day, but nothing is known of the second. */
function store() {
  const made = fakeStore([reading("house", FROM, { "1-0:1.8.0": 1 }) as NormalisedReading]);
  made.buckets = ({ meters, from, to }) =>
    meters.includes("house")
      ? Array.from({ length: 100 }, (_, index) => FROM + index * Q)
          .filter((start) => start !== FROM + Q && start >= from && start < to)
          .map(
            (start) =>
              ({
                meter: "house",
                from: start,
                to: start + Q,
                importWh: 250,
                exportWh: 100,
              }) as unknown as Bucket,
          )
      : [];
  return made;
}

const all: Sight = { canRead: () => true };
async function get(
  name: string,
  path: string,
  sight = all,
): Promise<{ status: number; text: string; type: string }> {
  const request = new Request(`http://localhost/x/${name}${path}`);
  const response = await extensions.answer(name, {
    request,
    path: path.split("?")[0]!,
    store: store(),
    sight,
  })!;
  return {
    status: response.status,
    text: await response.text(),
    type: response.headers.get("content-type") ?? "",
  };
}
const DAY = "?from=2026-10-25&to=2026-10-26";

test("eda-csv: every quarter hour of the long day has a line, those without data an empty one", async () => {
  const { text, type } = await get("eda-csv", `/house${DAY}`);
  expect(type).toBe("text/csv; charset=utf-8");
  const lines = text.trimEnd().split("\r\n");
  expect(lines).toHaveLength(101);
  expect(lines.slice(1, 3)).toEqual([
    "house;25.10.2026;00:00;00:15;+02:00;0,250;0,100;L1",
    "house;25.10.2026;00:15;00:30;+02:00;;;",
  ]);
  expect(lines.filter((line) => line.includes(";02:00;02:15;"))).toEqual([
    "house;25.10.2026;02:00;02:15;+02:00;0,250;0,100;L1",
    "house;25.10.2026;02:00;02:15;+01:00;0,250;0,100;L1",
  ]);
});

test("green-button: well-formed ESPI with whole Wh, UTC seconds, and no value that is not known", async () => {
  const { text, type } = await get("green-button", `/house${DAY}`);
  expect(type).toBe("application/atom+xml; charset=utf-8");
  expect(text.match(/<IntervalReading>/g)).toHaveLength(2 * 99);
  expect(text).toContain(
    `<timePeriod><duration>900</duration><start>${FROM / 1_000}</start></timePeriod><value>250</value>`,
  );
  expect(text).not.toContain(`<start>${FROM / 1_000 + 900}</start>`);
  expect(text).toMatch(/<flowDirection>1<.*<uom>72</);
  expect(text).toMatch(/<flowDirection>19</);
  expect(wellFormed(text)).toBe(true);
  expect((await get("green-button", `/house${DAY}`)).text).toBe(text);
});

/** Tags close in the order in which they opened: no parser for XML comes with Node. */
function wellFormed(text: string): boolean {
  const open: string[] = [];
  for (const [, end, name = "", alone] of text.matchAll(/<(\/?)([A-Za-z][\w:]*)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (alone) continue;
    if (!end) open.push(name);
    else if (open.pop() !== name) return false;
  }
  return open.length === 0;
}

test("co2: each quarter hour with its intensity, and what is not known counted beside it", async () => {
  const { text } = await get("co2", `/house${DAY}`);
  const { total, hours } = JSON.parse(text) as { total: object; hours: { start: string; co2_g: number }[] };
  // 24 of the day's 25 hours have an intensity of 100 to 123 g; one quarter hour has no energy.
  const grams = Array.from({ length: 24 }, (_, hour) => (hour === 0 ? 0.75 : 1) * (100 + hour));
  expect(total).toMatchObject({
    import_kwh: 24.75,
    unknown_kwh: 1,
    co2_g: Math.round(grams.reduce((sum, value) => sum + value, 0)),
  });
  expect(hours[0]).toMatchObject({ start: "2026-10-25T00:00:00+02:00", import_kwh: 0.75, co2_g: 75 });
  expect(hours.at(-1)).toMatchObject({ co2_g: null, unknown_kwh: 1 });
});

test("co2 without a series says what to set, and guesses nothing", async () => {
  const bare = await openExtensions(readExtensionsConfig({}, folders.dir));
  const request = new Request("http://localhost/x/co2/house");
  const response = await bare.answer("co2", { request, path: "/house", store: store(), sight: all })!;
  expect([response.status, await response.text()]).toEqual([
    503,
    expect.stringContaining("SMP_X_CO2_INTENSITY"),
  ]);
  await bare.close();
});

describe.each(["eda-csv", "green-button", "co2"])("%s", (name) => {
  test("hides a meter from whoever may not see it as one that is not there", async () => {
    const none = await get(name, `/none${DAY}`);
    const hidden = await get(name, `/house${DAY}`, { canRead: () => false });
    expect([none.status, hidden.status]).toEqual([404, 404]);
    expect(hidden.text.replaceAll("house", "none")).toBe(none.text);
  });

  test("gives no quarter hours to whoever may read days only", async () => {
    const coarse: Sight = { canRead: (_meter, detail) => detail === "day" || detail === "month" };
    expect((await get(name, `/house${DAY}`, coarse)).text).not.toMatch(
      /0,250|<IntervalReading>|"import_kwh":0\.75/,
    );
  });

  test.each([
    ["/house?from=yesterday", 400],
    ["/house?form=2026-10-25", 400],
    ["/house?tz=Mars/Base", 400],
    ["/house?from=2026-01-01&to=2026-12-31", 400],
    ["/", 404],
    ["/%2e%2e/x", 404],
  ])("answers %s with %d", async (path, status) => expect((await get(name, path)).status).toBe(status));
});

test("what is malformed in the address is the caller's fault, and no failure of the extension", async () => {
  const times = "from=2026-10-25T00:00:00Z&to=2026-10-26T00:00:00Z";
  for (const name of ["eda-csv", "co2", "green-button"]) {
    expect((await get(name, "/%E0%A4%A")).status).toBe(404);
    expect((await get(name, `/house?${times}&tz=Nowhere/Here`)).status).toBe(400);
    expect((await get(name, `/house?${times}&tz=%2B01:00`)).status).toBe(400);
  }
  const failed = extensions.list().filter(({ failures }) => failures > 0);
  expect(failed.map(({ manifest }) => manifest.name)).toEqual([]);
});

import { readFileSync } from "node:fs";
import type { PriceSlots, PriceUploadResult } from "@smp/schemas/api";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { perKwh } from "../../src/prices/format.ts";
import { fixture } from "../fixture.ts";
import { ask, askJson } from "../openapi.ts";

const file = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");
const put = (source: string, body: string, more = ""): [string, RequestInit] => [
  `/v1/prices/da?source=${source}${more}`,
  { method: "PUT", body },
];
const autumn = "/v1/prices/da?from=2026-10-25&to=2026-10-26";

/** A document of two hours, from midnight in Vienna. */
function entsoe(
  ...series: { sequence: string; contract: string; resolution: string; prices: number[] }[]
): string {
  const parts = series.map(
    ({ sequence, contract, resolution, prices }) => `<TimeSeries>
      <classificationSequence_AttributeInstanceComponent.position>${sequence}</classificationSequence_AttributeInstanceComponent.position>
      <contract_MarketAgreement.type>${contract}</contract_MarketAgreement.type>
      <currency_Unit.name>EUR</currency_Unit.name><price_Measure_Unit.name>MWH</price_Measure_Unit.name><curveType>A01</curveType>
      <Period><timeInterval><start>2026-03-01T23:00Z</start><end>2026-03-02T01:00Z</end></timeInterval><resolution>${resolution}</resolution>
        ${prices.map((price, index) => `<Point><position>${index + 1}</position><price.amount>${price}</price.amount></Point>`).join("")}
      </Period></TimeSeries>`,
  );
  return `<Publication_MarketDocument>${parts.join("")}</Publication_MarketDocument>`;
}

describe("formats of day-ahead prices", () => {
  test("Energy-Charts: quarter hours of the day with 25 hours, EUR/MWh, an unknown price left out", async () => {
    const { app } = fixture();
    const done = await askJson<PriceUploadResult>(
      app,
      ...put("energy-charts", file("energy-charts.json"), "&name=Börse"),
    );
    expect(done).toMatchObject({ stored: 99, series: { currency: "EUR", slot: "15m", name: "Börse" } });
    const { slots } = await askJson<PriceSlots>(app, autumn);
    expect(slots).toHaveLength(99);
    expect(slots[3]).toEqual({
      start: "2026-10-25T00:45:00+02:00",
      end: "2026-10-25T01:00:00+02:00",
      price: "0.08412",
    });
    expect(slots[40]!.price).toMatch(/^-0\.0/);
  });

  test("Energy-Charts: the quarter hour before an unknown one lasts no longer for it", async () => {
    const { app } = fixture();
    const start = Date.UTC(2026, 9, 25, 10) / 1000;
    const body = JSON.stringify({
      unix_seconds: [0, 1, 2, 3, 4].map((quarter) => start + quarter * 900),
      price: [10, null, 30, null, 50],
      unit: "EUR / MWh",
    });
    expect(await askJson(app, ...put("energy-charts", body))).toMatchObject({ stored: 3 });
    const { slots } = await askJson<PriceSlots>(app, autumn);
    expect(slots.map(({ price }) => price)).toEqual(["0.01", "0.03", "0.05"]);
  });

  test("CSV: a line that is missing among quarter hours is a hole, a change to hours is none", async () => {
    const { app } = fixture();
    const csv = (times: string[]): string =>
      ["start,price", ...times.map((time, index) => `2026-10-25T${time}Z,0.0${index + 1}`)].join("\n");
    const stored = async (times: string[]): Promise<number> =>
      (await askJson<PriceUploadResult>(app, ...put("csv", csv(times)))).stored;
    expect(await stored(["10:00:00", "10:15:00", "10:45:00", "11:00:00"])).toBe(4);
    expect(await stored(["12:00:00", "13:00:00", "13:15:00", "13:30:00"])).toBe(7);
    expect(await stored(["14:45:00", "15:00:00", "16:00:00", "17:00:00"])).toBe(13);
  });

  test("aWATTar: hours with both 02:00 of that night, each with its own price", async () => {
    const { app } = fixture();
    const done = await askJson<PriceUploadResult>(app, ...put("awattar", file("awattar.json")));
    expect(done).toMatchObject({ stored: 25, series: { currency: "EUR", slot: "1h" } });
    const { slots } = await askJson<PriceSlots>(app, autumn);
    expect(slots.map(({ start }) => start.slice(11)).slice(1, 5)).toEqual([
      "01:00:00+02:00",
      "02:00:00+02:00",
      "02:00:00+01:00",
      "03:00:00+01:00",
    ]);
    expect(slots.slice(2, 4).map(({ price }) => price)).toEqual(["0.08198", "0.07797"]);
  });

  test("ENTSO-E: positions left out repeat the one before, the finest series counts, the day with 23 hours", async () => {
    const { app } = fixture();
    const done = await askJson<PriceUploadResult>(app, ...put("entsoe", file("entsoe.xml")));
    expect(done).toMatchObject({ stored: 92, series: { currency: "EUR", slot: "15m" } });
    const { slots } = await askJson<PriceSlots>(app, "/v1/prices/da?from=2026-03-29&to=2026-03-30");
    expect(slots).toHaveLength(92);
    expect(slots.slice(0, 5).map(({ price }) => price)).toEqual([
      "0.0841",
      "-0.00001",
      "-0.00001",
      "-0.00001",
      "0.091",
    ]);
    expect(slots.at(-1)).toMatchObject({ end: "2026-03-30T00:00:00+02:00", price: "0.091" });
  });

  test("ENTSO-E: of two auctions of the same time the first counts, though the second is finer", async () => {
    const { app } = fixture();
    const body = entsoe(
      { sequence: "2", contract: "A01", resolution: "PT15M", prices: [11, 12, 13, 14, 15, 16, 17, 18] },
      { sequence: "1", contract: "A01", resolution: "PT60M", prices: [80, 90] },
    );
    const done = await askJson<PriceUploadResult>(app, ...put("entsoe", body));
    expect(done).toMatchObject({ stored: 2, series: { slot: "1h" } });
    const { slots } = await askJson<PriceSlots>(app, "/v1/prices/da?from=2026-03-02&to=2026-03-03");
    expect(slots.map(({ price }) => price)).toEqual(["0.08", "0.09"]);
    // The second counts where there is nothing of the first.
    const later = entsoe(
      { sequence: "1", contract: "A01", resolution: "PT60M", prices: [80] },
      { sequence: "2", contract: "A01", resolution: "PT15M", prices: [11, 12, 13, 14, 15, 16, 17, 18] },
    );
    await ask(app, ...put("entsoe", later));
    const after = await askJson<PriceSlots>(app, "/v1/prices/da?from=2026-03-02&to=2026-03-03");
    expect(after.slots.map(({ price }) => Number(price) * 1000)).toEqual([80, 80, 80, 80, 15, 16, 17, 18]);
  });

  test("ENTSO-E: the intraday auctions of the same document do not count", async () => {
    const { app } = fixture();
    const intraday = { sequence: "1", contract: "A07", resolution: "PT60M", prices: [1, 2] };
    const daily = { sequence: "1", contract: "A01", resolution: "PT60M", prices: [80, 90] };
    await ask(app, ...put("entsoe", entsoe(intraday, daily)));
    const { slots } = await askJson<PriceSlots>(app, "/v1/prices/da?from=2026-03-02&to=2026-03-03");
    expect(slots.map(({ price }) => price)).toEqual(["0.08", "0.09"]);
    expect((await ask(app, ...put("entsoe", entsoe(intraday)))).status).toBe(400);
  });

  test("ENTSO-E: prices per kWh are taken as such, and a period with more positions than years have is refused", async () => {
    const { app } = fixture();
    const body = entsoe({ sequence: "1", contract: "A01", resolution: "PT60M", prices: [0.08, 0.09] });
    await ask(app, ...put("entsoe", body.replace("MWH", "KWH")));
    const { slots } = await askJson<PriceSlots>(app, "/v1/prices/da?from=2026-03-02&to=2026-03-03");
    expect(slots.map(({ price }) => price)).toEqual(["0.08", "0.09"]);
    const long = await ask(app, ...put("entsoe", body.replace("<end>2026-", "<end>2028-")));
    expect([long.status, await long.text()]).toEqual([
      400,
      expect.stringContaining("more than 10000 positions"),
    ]);
  });

  test("CSV: with commas, or with semicolons and decimal commas; per MWh when asked", async () => {
    const { app } = fixture();
    const plain =
      "\uFEFFstart,price\r\n2026-10-25T00:00:00+02:00,0.0841\r\n2026-10-25T01:00:00+02:00,-0.01\r\n";
    await ask(app, ...put("csv", plain));
    const german = 'Zone;Start;End;Price\nAT;2026-10-25T02:00:00+01:00;2026-10-25T02:15:00+01:00;"84,1"\n';
    await ask(app, ...put("csv", german, "&unit=MWh"));
    const { slots } = await askJson<PriceSlots>(app, autumn);
    const found = new Set(slots.map(({ start, price }) => `${start} ${price}`));
    for (const one of [
      "2026-10-25T00:00:00+02:00 0.0841",
      "2026-10-25T01:00:00+02:00 -0.01",
      "2026-10-25T02:00:00+01:00 0.0841",
    ])
      expect(found).toContain(one);
    expect((await ask(app, ...put("csv", plain, "&currency=CHF"))).status).toBe(422);
    const noted = 'Note,Start,End,Price\n"Linz, AT",2026-10-25T05:00:00Z,2026-10-25T06:00:00Z,0.07,\n';
    expect(await askJson<PriceUploadResult>(app, ...put("csv", noted))).toMatchObject({ stored: 1 });
  });

  test.each([
    ["pandas", "2026-10-25 00:00:00+02:00,0.07\n2026-10-25 01:00:00+02:00,-1e-05"],
    ["Polars", "2026-10-25T00:00:00.000000+0200,0.07\n2026-10-25T01:00:00.000000+0200,-0.00001"],
    ["DuckDB", "2026-10-25 00:00:00+02,0.07\n2026-10-25 01:00:00+02,-1e-05"],
  ])("CSV: as %s writes it", async (_program, rows) => {
    const { app } = fixture();
    await ask(app, ...put("csv", `start,price\n${rows}\n`));
    const { slots } = await askJson<PriceSlots>(app, autumn);
    expect(slots.map(({ start, price }) => [start, price])).toEqual([
      ["2026-10-25T00:00:00+02:00", "0.07"],
      ["2026-10-25T01:00:00+02:00", "-0.00001"],
    ]);
  });

  test.each([
    ["energy-charts", "{}", /unix_seconds/],
    ["energy-charts", '{"unix_seconds":[1792879200],"price":[1],"unit":"EUR / MWh"}', /must last/],
    ["energy-charts", '{"unix_seconds":[1792879200],"price":[1],"unit":"GBP"}', /currency per/],
    ["energy-charts", '{"unix_seconds":[1792879200],"price":["1"],"unit":"EUR / MWh"}', /number/],
    ["awattar", '{"data":[]}', /list/],
    [
      "awattar",
      '{"data":[{"start_timestamp":1,"end_timestamp":2,"marketprice":1,"unit":"Eur/MWh"}]}',
      /must last/,
    ],
    ["entsoe", "<a>", /xml/],
    ["entsoe", "<a></a>", /publication_marketdocument/],
    [
      "entsoe",
      "<Acknowledgement_MarketDocument><Reason><code>999</code><text>No matching data found</text></Reason></Acknowledgement_MarketDocument>",
      /no matching data/,
    ],
    ["csv", "a,b\n1,2", /line 1/],
    ["csv", "start,price\n2026-10-25T00:00:00,0.1", /line 2 has the time/],
    ["csv", "start,price\n2026-10-25T00:00:00Z,cheap", /line 2 has the price/],
    ["csv", "start,price", /0 prices/],
    ["csv", "start,price\n2026-10-25T00:00:00Z,0,0841", /line 2 has 3 fields.*decimal sign/],
    ["csv", 'start,price\n2026-10-25T00:00:00Z,"0,0841"', /line 2 has the price/],
  ])("%s: %s is refused with what is wrong", async (source, body, detail) => {
    const { app } = fixture();
    const response = await ask(app, ...put(source, body));
    expect(response.status).toBe(400);
    expect(((await response.json()) as { detail: string }).detail.toLowerCase()).toMatch(detail);
  });

  test("an XML with entities is not blown up", async () => {
    const { app } = fixture();
    const bomb = `<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "${"&a;".repeat(1000)}">]><a>${"&b;".repeat(1000)}</a>`;
    expect((await ask(app, ...put("entsoe", bomb))).status).toBe(400);
  });
});

test("numbers of files become exact texts per kWh", () => {
  expect(perKwh(84.12, "MWh")).toBe("0.08412");
  expect(perKwh("-0.01", "MWh")).toBe("-0.00001");
  expect(perKwh(1e-7, "MWh")).toBe("0.0000000001");
  expect(perKwh(0.1 + 0.2, "kWh")).toBe("0.3");
  expect(perKwh("1e3", "kWh")).toBe("1000");
  expect(perKwh("1,2", "kWh")).toBeUndefined();
  fc.assert(
    fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), (cents) => {
      expect(Number(perKwh(cents / 100, "MWh"))).toBeCloseTo(cents / 100_000, 10);
    }),
  );
});

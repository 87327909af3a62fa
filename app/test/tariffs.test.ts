import type { Session, Tariff, TimeOfUsePrice } from "@smp/schemas/api";
import { tariffExamples } from "@smp/schemas/documents";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { movePoint, priceOfCents, readDecimal } from "../src/format/decimal.ts";
import { openHours, overlapsOf } from "../src/tariffs/checks.ts";
import { blankTariff, freeId, inLanguage, metersOf, withMeter } from "../src/tariffs/draft.ts";
import { save } from "../src/tariffs/save.ts";
import { gridOf, paint, seasonsOf, SLOTS } from "../src/tariffs/grid.ts";

const component: TimeOfUsePrice = {
  name: "Netz",
  kind: "time-of-use",
  zones: [
    { name: "Sommer", price: "0.04", months: [4, 5, 6, 7, 8, 9], from: "10:00", to: "16:00" },
    { name: "Nacht", price: "0.05", from: "22:00", to: "06:00" },
  ],
  otherwise: { name: "Tag", price: "0.07" },
};
const names = (month: number, day: number): (string | undefined)[] =>
  gridOf(component, month)[day]!.map((zone) => zone?.name);

describe("prices as people type them", () => {
  test.each([
    ["14,90", "0.1490"],
    ["14.9", "0.149"],
    ["0,5", "0.005"],
    ["−3,2", "-0.032"],
    ["120", "1.20"],
    ["0", "0.00"],
  ])("%s cents are %s", (typed, price) => expect(priceOfCents(typed, true)).toBe(price));

  test.each(["", "abc", "1,2,3", "1e5", "12345678", "0,12345678"])("%j is no price", (typed) =>
    expect(priceOfCents(typed, true)).toBeUndefined(),
  );

  test.each([
    ["1.234,50", "1234.50"],
    ["1,234.50", "1234.50"],
    ["1 234,5", "1234.5"],
    ["1\u00a0234", "1234"],
    ["-12.345,6", "-12345.6"],
    ["0,289", "0.289"],
    ["0.289", "0.289"],
    ["14,905", "14.905"],
  ])("%j, as pasted from a bill, is %s where decimals have a comma", (typed, decimal) =>
    expect(readDecimal(typed, 6, true)).toBe(decimal),
  );

  test("what is a thousand times as much elsewhere is asked again, not taken for the lesser", () => {
    expect(readDecimal("1.200", 6, true)).toBeUndefined();
    expect(readDecimal("1,200", 6, false)).toBeUndefined();
    expect(readDecimal("1.200", 6, false)).toBe("1.200");
    expect(readDecimal("1,200", 6, true)).toBe("1.200");
  });

  test("moving the point there and back changes no value", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -999_999, max: 999_999 }),
        fc.integer({ min: 0, max: 6 }),
        (whole, places) => {
          const decimal = movePoint(String(whole), -places);
          expect(Number(movePoint(decimal, places))).toBe(whole === 0 ? 0 : whole);
          expect(readDecimal(decimal, 6, false)).toBeDefined();
        },
      ),
    );
  });
});

describe("zones as a week", () => {
  test("a window over midnight goes on into the next day; a season counts only in its months", () => {
    expect(names(1, 0).filter((name) => name === "Nacht")).toHaveLength(8 * 4);
    expect(names(1, 0)[11 * 4]).toBeUndefined();
    expect(names(6, 0)[11 * 4]).toBe("Sommer");
  });

  test("painting and reading agree, whatever is painted", () => {
    const cell = fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: SLOTS - 1 }));
    fc.assert(
      fc.property(
        fc.array(cell, { minLength: 1, maxLength: 12 }),
        fc.nat({ max: 1 }),
        fc.boolean(),
        (cells, at, erase) => {
          const season = seasonsOf(component)[at]!;
          const brush = erase ? undefined : { name: "Abend", price: "0.12" };
          const before = gridOf(component, season.month);
          const after = gridOf(paint(component, season, cells, brush), season.month);
          const expected = before.map((row) => row.map((zone) => zone?.name ?? "Tag"));
          for (const [day, slot] of cells) expected[day]![slot] = erase ? "Tag" : "Abend";
          expect(after.map((row) => row.map((zone) => zone?.name ?? "Tag"))).toEqual(expected);
        },
      ),
    );
  });

  test("equal days become one rule", () => {
    const cells = [0, 1, 2, 3, 4].flatMap((day) =>
      [68, 69, 70, 71].map((slot): [number, number] => [day, slot]),
    );
    const painted = paint(component, seasonsOf(component)[0]!, cells, { name: "Abend", price: "0.12" });
    expect(painted.zones.filter(({ name }) => name === "Abend")).toEqual([
      { name: "Abend", price: "0.12", days: ["mo", "tu", "we", "th", "fr"], from: "17:00", to: "18:00" },
    ]);
  });

  test("rules that meet are told with day and time, and how much is left for the rest", () => {
    const zones = [...component.zones, { name: "Früh", price: "0.06", from: "05:00", to: "08:00" }];
    expect(overlapsOf({ ...component, zones })).toEqual([
      { first: "Nacht", second: "Früh", day: 0, slot: 20 },
    ]);
    expect(overlapsOf(component)).toEqual([]);
    expect(openHours(component, 1)).toBe(7 * 16);
  });
});

test("an id is made from the name, and never one that is taken", () => {
  expect(freeId("Öko Plus (Süd)", "2026-01-01", [])).toBe("oeko-plus-sued-2026-01-01");
  expect(freeId("Öko", "2026-01-01", ["oeko-2026-01-01"])).toBe("oeko-2026-01-01-2");
  expect(freeId("☀", "2026-01-01", [])).toBe("tarif-2026-01-01");
});

test("an example is shown, and taken, in the language of the screen alone", () => {
  const example = {
    ...blankTariff("2026-01-01", { energy: "Energie", base: "Grundpreis" }),
    name: "Fester Preis",
    description: "A fixed price.",
    texts: { de: { name: "Fester Preis", description: "Ein fester Preis." }, en: { name: "Fixed price" } },
  };
  const german = inLanguage(example, "de");
  expect([german.name, german.description]).toEqual(["Fester Preis", "Ein fester Preis."]);
  const english = inLanguage(example, "en");
  expect([english.name, english.description]).toEqual(["Fixed price", "A fixed price."]);
  expect(inLanguage(example, "fr").name).toBe("Fester Preis");
  for (const tariff of [german, english]) expect(tariff).not.toHaveProperty("texts");
});

test("each example has every name in English, too: a contract made of it is in one language", () => {
  const wordsOf = ({ base_fees, import: drawn, export: fedIn }: Tariff): string[] =>
    JSON.stringify([base_fees, drawn, fedIn]).match(/"name":"[^"]*"/g) ?? [];
  for (const example of tariffExamples) {
    const german = wordsOf(inLanguage(example, "de"));
    expect(german).toEqual(wordsOf(example));
    const english = wordsOf(inLanguage(example, "en"));
    expect(english.filter((word, index) => word === german[index])).toEqual([]);
    expect(english).toHaveLength(german.length);
  }
});

test("a new contract is for the meters that the token names, never for everybody's", () => {
  const words = { energy: "Energie", base: "Grundpreis" };
  const household = { meters: ["haus", "garage"] } as Session;
  const own = metersOf(household);
  expect(blankTariff("2026-01-01", words, own).meters).toEqual(["haus", "garage"]);
  const choose = (id: string, on: boolean, chosen = own): string[] | null | undefined =>
    withMeter(chosen, { id, on, all: ["haus", "garage"], own });
  expect(choose("garage", false)).toEqual(["haus"]);
  expect(choose("garage", true, ["haus"])).toEqual(["haus", "garage"]);
  expect(choose("haus", false, ["haus"])).toBeUndefined();
  const everybody = metersOf({ meters: null } as Session);
  expect(blankTariff("2026-01-01", words, everybody).meters).toBeNull();
  expect(withMeter(["haus"], { id: "garage", on: true, all: ["haus", "garage"], own: everybody })).toBeNull();
});

test("a new contract is in the currency of the one that runs now: costs are in one", () => {
  const words = { energy: "Energie", base: "Grundpreis" };
  const others = [
    { currency: "EUR", valid_to: "2026-01-01" },
    { currency: "CHF", valid_to: null },
  ];
  expect(blankTariff("2026-02-01", words, null, others).currency).toBe("CHF");
  expect(blankTariff("2026-02-01", words).currency).toBe("EUR");
});

test("a contract is saved though another household's, which is not to be seen, has its id", async () => {
  const draft = { ...blankTariff("2026-01-01", { energy: "E", base: "G" }, ["haus"]), name: "Strom" };
  const put: string[] = [];
  await save(draft, [], async ([tariff]) => {
    put.push(tariff!.id);
    if (tariff!.id === "strom-2026-01-01")
      throw Object.assign(new Error("There is no contract"), { kind: "not-found" });
  });
  expect(put[0]).toBe("strom-2026-01-01");
  expect(put[1]).toMatch(/^strom-2026-01-01-[a-z0-9]{1,7}$/);
  const refused = save(draft, [], async () => {
    throw new Error("overlap");
  });
  await expect(refused).rejects.toThrow("overlap");
});

test("a contract and the end of the one before it are one request, so that no network leaves half of it", async () => {
  const words = { energy: "E", base: "G" };
  const before = { ...blankTariff("2026-01-01", words), id: "alt", name: "Strom" };
  const draft = { ...blankTariff("2026-04-01", words), name: "Strom" };
  const requests: (readonly Tariff[])[] = [];
  await save(draft, [before], async (tariffs) => void requests.push(tariffs));
  expect(requests).toEqual([
    [
      { ...before, valid_to: "2026-04-01" },
      { ...draft, id: "strom-2026-04-01" },
    ],
  ]);
});

test("a new contract for one of two meters leaves the other one the contract that they shared", async () => {
  const words = { energy: "E", base: "G" };
  const shared = { ...blankTariff("2026-01-01", words, ["haus", "garage"]), id: "alt", name: "Strom" };
  const draft = { ...blankTariff("2026-04-01", words, ["haus"]), name: "Strom" };
  const stored = new Map<string, Tariff>();
  const put = async (tariffs: readonly Tariff[]): Promise<void> => {
    for (const tariff of tariffs) stored.set(tariff.id, tariff);
  };
  await save(draft, [shared], put);
  const running = (meter: string, day: string): (string | null)[] =>
    [...stored.values()]
      .filter(
        ({ meters, valid_from: from, valid_to: to }) =>
          meters?.includes(meter) && from <= day && day < (to ?? "9"),
      )
      .map(({ id }) => id);
  expect(running("haus", "2026-03-31")).toEqual(["alt"]);
  expect(running("haus", "2026-04-01")).toEqual(["strom-2026-04-01"]);
  expect(running("garage", "2026-03-31")).toEqual(["alt"]);
  expect(running("garage", "2026-04-01")).toEqual(["strom-2026-04-01-2"]);
  expect(stored.get("strom-2026-04-01-2")).toEqual({
    ...shared,
    id: "strom-2026-04-01-2",
    meters: ["garage"],
    valid_from: "2026-04-01",
  });
});

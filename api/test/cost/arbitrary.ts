import type { PriceComponent, Tariff, TimeZonePrice } from "@smp/schemas/api";
import * as fc from "fast-check";

/** Random contracts, of every kind that the schema allows. */

const decimal = (whole: number, decimals: number, negative = true): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.boolean(),
      fc.integer({ min: 0, max: whole }),
      fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength: decimals }),
    )
    .map(([minus, head, tail]) => `${minus && negative ? "-" : ""}${head}${tail === "" ? "" : `.${tail}`}`);
const price = decimal(1, 8);
const name = fc.constantFrom("Energie", "Netz", "Abgaben");
const quarter = fc
  .integer({ min: 0, max: 95 })
  .map(
    (index) =>
      `${String(Math.floor(index / 4)).padStart(2, "0")}:${String((index % 4) * 15).padStart(2, "0")}`,
  );
const optional = { requiredKeys: ["name", "price"] as ("name" | "price")[] };

const zone: fc.Arbitrary<TimeZonePrice> = fc
  .record(
    {
      name: fc.constantFrom("Nacht", "Tag", "Sommer", "Spitze"),
      price,
      days: fc.uniqueArray(fc.constantFrom("mo" as const, "tu", "we", "th", "fr", "sa", "su", "holiday"), {
        minLength: 1,
      }),
      months: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 1 }),
      from: quarter,
      to: fc.oneof(quarter, fc.constant("24:00")),
    },
    optional,
  )
  .filter(({ from = "00:00", to = "24:00" }) => from !== to);

const vat = fc.option(fc.boolean(), { nil: undefined });
const withVat = <T extends PriceComponent>(component: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc
    .tuple(component, vat)
    .map(([fields, value]) => (value === undefined ? fields : { ...fields, vat: value }));

const component: fc.Arbitrary<PriceComponent> = fc.oneof(
  withVat(fc.record({ name, kind: fc.constant("fixed" as const), price })),
  withVat(
    fc.record({
      name,
      kind: fc.constant("time-of-use" as const),
      zones: fc.array(zone, { minLength: 1, maxLength: 3 }),
      otherwise: fc.record({ name: fc.constant("sonst"), price }),
    }),
  ),
  withVat(
    fc.record(
      {
        name,
        kind: fc.constant("dynamic" as const),
        series: fc.constantFrom("day-ahead", "other"),
        slot: fc.constantFrom("15m" as const, "1h" as const),
        factor: decimal(2, 6, false),
        markup: price,
        minimum: decimal(0, 8, true),
        maximum: decimal(1, 8, false).map((text) => `1${text.slice(1)}`),
      },
      { requiredKeys: ["name", "kind", "series"] },
    ),
  ),
);

/** A contract for some dates. */
export const contract = (
  id: string,
  meters: string[] | null,
  dates: fc.Arbitrary<Pick<Tariff, "valid_from" | "valid_to">>,
  holidays: fc.Arbitrary<string>,
): fc.Arbitrary<Tariff> =>
  fc
    .record({
      dates,
      vat_percent: decimal(99, 2, false),
      holidays: fc.uniqueArray(holidays, { maxLength: 2 }),
      base_fees: fc.array(
        fc.record({
          name: fc.constantFrom("Grundpreis", "Zähler"),
          amount: decimal(100, 6),
          per: fc.constantFrom("day" as const, "month" as const, "year" as const),
          vat: fc.boolean(),
        }),
        { maxLength: 2 },
      ),
      import: fc.array(component, { maxLength: 3 }),
      export: fc.array(component, { maxLength: 2 }),
    })
    .map(({ dates: valid, ...rest }) => ({ id, name: id, meters, currency: "EUR", ...valid, ...rest }));

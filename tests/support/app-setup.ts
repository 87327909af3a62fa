import { DAY_MS } from "@smp/schemas";
import type { GroupBody, PriceUpload, Tariff } from "@smp/schemas/api";
import type { TestPlatform } from "./app-browser.ts";

const QUARTER_MS = 900_000;

const common = {
  meters: null,
  currency: "EUR",
  vat_percent: "20",
  base_fees: [{ name: "Grundpreis", amount: "3.50", per: "month" as const }],
  export: [{ name: "Einspeisung", kind: "fixed" as const, price: "0.0600" }],
};

export const FIXED: Tariff = {
  ...common,
  id: "fix",
  name: "Optima Fix",
  valid_from: "2020-01-01",
  valid_to: "2026-09-01",
  import: [{ name: "Energie", kind: "fixed", price: "0.1490" }],
};

const SPOT: Tariff = {
  ...common,
  id: "spot",
  name: "Spot Flex",
  valid_from: "2026-09-01",
  valid_to: null,
  import: [
    { name: "Börse", kind: "dynamic", series: "at-day-ahead", factor: "1.03", markup: "0.012" },
    {
      name: "Netz",
      kind: "time-of-use",
      zones: [
        { name: "Sommer 10–16", price: "0.0408", months: [4, 5, 6, 7, 8, 9], from: "10:00", to: "16:00" },
        { name: "Nacht", price: "0.0450", from: "22:00", to: "06:00" },
      ],
      otherwise: { name: "Tag", price: "0.0710" },
    },
  ],
};

/** Prices of an exchange for `days` days up to the day after tomorrow: two peaks a day. */
export function dayAheadPrices(nowMs: number, days: number): PriceUpload {
  const start = Math.floor((nowMs - days * DAY_MS) / DAY_MS) * DAY_MS;
  const prices = Array.from({ length: (days + 2) * 96 }, (_, index) => {
    const wave = Math.sin(((index % 96) / 96) * 4 * Math.PI - 2);
    return {
      start: new Date(start + index * QUARTER_MS).toISOString().replace("Z", "+00:00"),
      price: (0.09 + 0.05 * wave + 0.01 * Math.sin(index * 7.7)).toFixed(5),
    };
  });
  return { name: "Day-ahead Österreich", currency: "EUR", slot: "15m", prices };
}

/** A fixed contract up to September 2026, one that follows the exchange from then on. */
export async function putTariffs(served: TestPlatform): Promise<void> {
  await served.put("v1/prices/at-day-ahead", dayAheadPrices(Date.now(), 70));
  await served.put("v1/tariffs/fix", FIXED);
  await served.put("v1/tariffs/spot", SPOT);
}

/** A public group of all three houses. */
export async function putGroup(served: TestPlatform): Promise<void> {
  const body: GroupBody = {
    name: "Energiegemeinschaft Sonnenplatz",
    kind: "community",
    visibility: "public",
    meters: ["haus", "wohnung", "keller"],
    licence: "CC-BY-4.0",
  };
  await served.put("v1/groups/dorf", body);
}

import type { Tariff } from "@smp/schemas/api";
import { METER } from "./fixture.ts";

/** A contract of the tests' meter: 20 cents a kWh, and 20 % VAT on it. */
export const tariff = (more: Partial<Tariff> = {}): Tariff => ({
  id: "haus",
  name: "Haus",
  meters: [METER],
  valid_from: "2026-01-01",
  valid_to: null,
  currency: "EUR",
  vat_percent: "20",
  base_fees: [],
  import: [{ name: "Energie", kind: "fixed", price: "0.20" }],
  export: [],
  ...more,
});

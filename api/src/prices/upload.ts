import { parseInstant, QUARTER_HOUR_MS, TIME_MIN_MS } from "@smp/schemas";
import type { PriceSlotLength } from "@smp/schemas/api";
import { invalidBody } from "../request/body.ts";
import { quoted } from "../answer/problem.ts";
import type { PriceTable } from "./writer.ts";

const PRICES_MAX = 10_000;
const PRICE = /^-?(?:0|[1-9]\d{0,5})(?:\.\d{1,10})?$/;
const CURRENCY = /^[A-Z]{3}$/;
const TIME_MAX_MS = Date.UTC(2100, 0, 1);
const FIELDS = ["name", "currency", "slot", "prices"];

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Reads the platform's own form of prices, `PriceUpload`. Dates are midnights in `tz`. */
export function parseUpload(body: unknown, tz: string): PriceTable {
  if (!isFields(body)) throw invalidBody("", "must be an object with currency, slot and prices");
  const unknown = Object.keys(body).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) throw invalidBody(`/${unknown}`, `is unknown; known are ${FIELDS.join(", ")}`);
  const { name, currency, slot, prices } = body;
  if (name !== undefined && (typeof name !== "string" || name === "" || name.length > 120))
    throw invalidBody("/name", "must be a text of 1 to 120 characters");
  if (typeof currency !== "string" || !CURRENCY.test(currency))
    throw invalidBody("/currency", "must be a currency of ISO 4217 such as EUR");
  if (slot !== "15m" && slot !== "1h") throw invalidBody("/slot", "must be 15m or 1h");
  if (!Array.isArray(prices)) throw invalidBody("/prices", "must be a list");
  return checkedTable(
    { currency, slot, ...(name === undefined ? {} : { name }) },
    prices.map((entry: unknown, index) => uploadedPrice(entry, `/prices/${index}`, tz)),
  );
}

function uploadedPrice(entry: unknown, pointer: string, tz: string): { start: number; price: string } {
  const { start, price, ...more } = isFields(entry) ? entry : {};
  const unknown = Object.keys(more)[0];
  if (unknown !== undefined) throw invalidBody(`${pointer}/${unknown}`, "is unknown; known are start, price");
  const ms = typeof start === "string" && start.length <= 40 ? parseInstant(start, tz) : undefined;
  if (ms === undefined)
    throw invalidBody(
      `${pointer}/start`,
      "must be RFC 3339 with offset, a date such as 2026-03-29, or epoch milliseconds, as a text",
    );
  if (typeof price !== "string" || !PRICE.test(price))
    throw invalidBody(
      `${pointer}/price`,
      'must be a decimal text such as "0.0841", per kWh, at most 10 decimals',
    );
  return { start: ms, price };
}

/** Puts read prices into a table and checks what every form has in common. */
export function checkedTable(
  head: { currency: string; slot: PriceSlotLength; name?: string },
  list: readonly { start: number; price: string }[],
): PriceTable {
  if (list.length === 0 || list.length > PRICES_MAX)
    throw invalidBody("", `has ${list.length} prices, but must have 1 to ${PRICES_MAX}`);
  const prices = new Map<number, string>();
  list.forEach(({ start, price }, index) => {
    const at = `/prices/${index}/start`;
    if (start % QUARTER_HOUR_MS !== 0) throw invalidBody(at, "must be the start of a quarter hour");
    if (start < TIME_MIN_MS || start >= TIME_MAX_MS)
      throw invalidBody(at, "must lie in the years 2020 to 2099");
    if (prices.has(start)) throw invalidBody(at, `is there twice: ${quoted(new Date(start).toISOString())}`);
    prices.set(start, price);
  });
  if (head.slot === "1h") refuseOverlap(list);
  return { ...head, prices };
}

/** Quarter hours that are called hours would each overwrite most of the one before. */
function refuseOverlap(list: readonly { start: number }[]): void {
  const starts = new Set(list.map(({ start }) => start));
  list.forEach(({ start }, index) => {
    for (const quarter of [1, 2, 3])
      if (starts.has(start - quarter * QUARTER_HOUR_MS))
        throw invalidBody(`/prices/${index}/start`, "lies within the hour before it: is the slot 15m?");
  });
}

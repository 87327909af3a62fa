import { HOUR_MS, QUARTER_HOUR_MS } from "@smp/schemas";
import { invalidBody, parsedJson } from "../request/body.ts";
import { SERIES_DECIMALS } from "./series.ts";
import { checkedTable } from "./upload.ts";
import type { PriceTable } from "./writer.ts";

/** What a format cannot say itself. */
export interface FormatOptions {
  name?: string;
  /** Of a CSV. */
  currency: string;
  unit: "kWh" | "MWh";
  /** Zone of dates without a time. */
  tz: string;
}

/** Reads a file of prices; a fault is a 400 problem that says where. */
export type PriceFormat = (text: string, options: FormatOptions) => PriceTable;

/** A price as a file has it; without `end` it lasts until the next one begins. */
export interface FilePrice {
  start: number;
  end?: number;
  /** Per kWh. */
  price: string;
}

const LENGTHS = [QUARTER_HOUR_MS, 2 * QUARTER_HOUR_MS, HOUR_MS];

/** Makes a table of a file's prices: hours when all last an hour, else quarter hours, longer ones repeated. */
export function tableOf(
  head: { currency: string; name?: string | undefined },
  prices: readonly FilePrice[],
): PriceTable {
  const sorted = [...prices].sort((a, b) => a.start - b.start);
  let length: number | undefined;
  const stepAt = (index: number): number =>
    (sorted[index]?.end ?? sorted[index + 1]?.start ?? Number.NaN) - (sorted[index]?.start ?? Number.NaN);
  const lengths = sorted.map(({ start, end }, index) => {
    const step = stepAt(index);
    // A hole in the list makes no longer slot: it lasts as long as the one before, unless the next ones are as long.
    const isHole = end === undefined && step > (length ?? step) && stepAt(index + 1) !== step;
    length = LENGTHS.includes(step) && !isHole ? step : length;
    if (length === undefined || (end !== undefined && length !== end - start))
      throw invalidBody("", `the price at ${timeOf(start)} must last 15, 30 or 60 minutes`);
    return length;
  });
  const hours = lengths.every((each) => each === HOUR_MS);
  const list = hours
    ? sorted
    : sorted.flatMap(({ start, price }, index) =>
        Array.from({ length: (lengths[index] ?? 0) / QUARTER_HOUR_MS }, (_, quarter) => ({
          start: start + quarter * QUARTER_HOUR_MS,
          price,
        })),
      );
  const { currency, name } = head;
  return checkedTable(
    { currency, slot: hours ? "1h" : "15m", ...(name === undefined ? {} : { name }) },
    list,
  );
}

export const timeOf = (ms: number): string =>
  Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : String(ms);

const NUMBER = /^([+-]?)(\d{1,30})(?:\.(\d{1,30}))?(?:[eE]([+-]?\d{1,2}))?$/;

/**
 * A number of a file as a plain decimal text per kWh. What exceeds ten decimals is noise of binary fractions in the source,
 * and rounded half up; undefined when it is no number.
 */
export function perKwh(value: string | number, unit: "kWh" | "MWh"): string | undefined {
  const match = NUMBER.exec(String(value).trim());
  if (!match) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  // value = digits × 10^-places
  const places = fraction.length - Number(exponent) + (unit === "MWh" ? 3 : 0);
  const digits = BigInt(whole + fraction);
  const scaled =
    places <= SERIES_DECIMALS
      ? digits * 10n ** BigInt(SERIES_DECIMALS - places)
      : roundedQuotient(digits, 10n ** BigInt(places - SERIES_DECIMALS));
  const text = scaled.toString().padStart(SERIES_DECIMALS + 1, "0");
  const decimals = text.slice(-SERIES_DECIMALS).replace(/0+$/, "");
  const size = text.slice(0, -SERIES_DECIMALS) + (decimals === "" ? "" : `.${decimals}`);
  if (size.length > 17) return undefined;
  return sign === "-" && scaled !== 0n ? `-${size}` : size;
}

const roundedQuotient = (value: bigint, divisor: bigint): bigint => (value + divisor / 2n) / divisor;

/** JSON of a file, as an object. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> {
  const value = parsedJson(text);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalidBody("", "the body must be an object");
  return value as Readonly<Record<string, unknown>>;
}

/** "EUR / MWh", "Eur/MWh": currency and unit. */
export function unitOf(text: unknown, pointer: string): { currency: string; unit: "kWh" | "MWh" } {
  const match = typeof text === "string" ? /^([A-Za-z]{3}) ?\/ ?(kWh|MWh)$/.exec(text) : null;
  if (!match) throw invalidBody(pointer, 'must be a currency per kWh or MWh such as "EUR / MWh"');
  return { currency: match[1]!.toUpperCase(), unit: match[2] as "kWh" | "MWh" };
}

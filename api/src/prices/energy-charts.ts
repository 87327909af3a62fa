import { invalidBody } from "../request/body.ts";
import { jsonObject, perKwh, tableOf, unitOf, type FilePrice, type PriceFormat } from "./format.ts";

const HOUR_S = 3_600;

/** The answer of Energy-Charts (Fraunhofer ISE), `/price?bzn=AT`: columns `unix_seconds` and `price`, and their `unit`. */
export const energyCharts: PriceFormat = (text, { name }) => {
  const { unix_seconds: seconds, price: values, unit: unitText } = jsonObject(text);
  if (!Array.isArray(seconds) || !Array.isArray(values) || seconds.length !== values.length)
    throw invalidBody("", "must have the lists unix_seconds and price, equally long");
  const { currency, unit } = unitOf(unitText, "/unit");
  const prices = seconds.flatMap((second: unknown, index): FilePrice[] => {
    const value = values[index] as unknown;
    // A slot whose price is not known yet.
    if (value === null) return [];
    if (typeof second !== "number" || !Number.isInteger(second))
      throw invalidBody(`/unix_seconds/${index}`, "must be whole Unix seconds");
    const price = typeof value === "number" ? perKwh(value, unit) : undefined;
    if (price === undefined) throw invalidBody(`/price/${index}`, "must be a number or null");
    // The slot after it may be one whose price is not known: this one lasts no longer for that.
    const next: unknown = values[index + 1] === null ? seconds[index + 1] : undefined;
    const isEnd = typeof next === "number" && next - second <= HOUR_S;
    return [{ start: second * 1000, price, ...(isEnd ? { end: next * 1000 } : {}) }];
  });
  return tableOf({ currency, name }, prices);
};

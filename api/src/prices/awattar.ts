import { invalidBody } from "../request/body.ts";
import { jsonObject, perKwh, tableOf, unitOf, type FilePrice, type PriceFormat } from "./format.ts";

/** The answer of aWATTar's `/v1/marketdata`: a list of slots in Unix milliseconds, each with its unit. */
export const awattar: PriceFormat = (text, { name }) => {
  const { data } = jsonObject(text);
  if (!Array.isArray(data) || data.length === 0) throw invalidBody("/data", "must be a list of prices");
  const currencies = new Set<string>();
  const prices = data.map((entry: unknown, index): FilePrice => {
    const at = `/data/${index}`;
    const fields = (typeof entry === "object" && entry !== null ? entry : {}) as Readonly<
      Record<string, unknown>
    >;
    const { start_timestamp: start, end_timestamp: end, marketprice: value } = fields;
    if (!Number.isInteger(start) || !Number.isInteger(end))
      throw invalidBody(at, "must have start_timestamp and end_timestamp in Unix milliseconds");
    const { currency, unit } = unitOf(fields["unit"], `${at}/unit`);
    currencies.add(currency);
    const price = typeof value === "number" ? perKwh(value, unit) : undefined;
    if (price === undefined) throw invalidBody(`${at}/marketprice`, "must be a number");
    return { start: start as number, end: end as number, price };
  });
  const [currency = "", ...more] = currencies;
  if (more.length > 0) throw invalidBody("/data", "must be in one currency");
  return tableOf({ currency, name }, prices);
};

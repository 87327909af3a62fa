import { parseInstant } from "@smp/schemas";
import { invalidBody } from "../body.ts";
import { quoted } from "../problem.ts";
import { perKwh, tableOf, type FilePrice, type PriceFormat } from "./format.ts";

/**
 * A CSV with a header row that names `start` and `price`, and perhaps `end`; other columns are left alone. Separated by
 * commas, or by semicolons: then a comma is the decimal sign, as spreadsheets of German-speaking countries write it.
 */
export const csv: PriceFormat = (text, { name, currency, unit, tz }) => {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const header = lines[0] ?? "";
  const separator = header.includes(";") ? ";" : ",";
  const cells = (line: string): string[] =>
    line.split(separator).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
  const columns = cells(header).map((cell) => cell.toLowerCase());
  const [startAt, endAt, priceAt] = ["start", "end", "price"].map((column) => columns.indexOf(column)) as [
    number,
    number,
    number,
  ];
  if (startAt < 0 || priceAt < 0) throw invalidBody("", 'line 1 must name the columns "start" and "price"');
  const prices = lines.slice(1).flatMap((line, index): FilePrice[] => {
    if (line.trim() === "") return [];
    const found = cells(line);
    const where = `line ${index + 2}`;
    const time = (at: number): number => {
      const ms = parseInstant(found[at] ?? "", tz);
      if (ms === undefined)
        throw invalidBody(
          "",
          `${where} has the time ${quoted(found[at] ?? "")}, but it must be RFC 3339 with offset, a date, or epoch milliseconds`,
        );
      return ms;
    };
    const number = found[priceAt] ?? "";
    const price = perKwh(separator === ";" ? number.replace(",", ".") : number, unit);
    if (price === undefined)
      throw invalidBody("", `${where} has the price ${quoted(number)}, which is no number`);
    return [{ start: time(startAt), price, ...(endAt < 0 ? {} : { end: time(endAt) }) }];
  });
  return tableOf({ currency, name }, prices);
};

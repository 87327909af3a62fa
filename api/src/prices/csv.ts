import { parseInstant } from "@smp/schemas";
import { invalidBody } from "../request/body.ts";
import { quoted } from "../answer/problem.ts";
import { perKwh, tableOf, type FilePrice, type PriceFormat } from "./format.ts";

/**
 * A CSV with a header row that names `start` and `price`, and perhaps `end`; other columns are left alone. Separated by
 * commas, or by semicolons: then a comma is the decimal sign, as spreadsheets of German-speaking countries write it.
 */
export const csv: PriceFormat = (text, { name, currency, unit, tz }) => {
  const lines = text.split(/\r?\n/);
  const header = lines[0] ?? "";
  const separator = header.includes(";") ? ";" : ",";
  const columns = cellsOf(header, separator).map((cell) => cell.toLowerCase());
  const [startAt, endAt, priceAt] = ["start", "end", "price"].map((column) => columns.indexOf(column)) as [
    number,
    number,
    number,
  ];
  if (startAt < 0 || priceAt < 0) throw invalidBody("", 'line 1 must name the columns "start" and "price"');
  const prices = lines.slice(1).flatMap((line, index): FilePrice[] => {
    if (line.trim() === "") return [];
    const found = cellsOf(line, separator);
    const where = `line ${index + 2}`;
    // "0,0841" without quotes would be a price of 0.
    if (found.slice(columns.length).some((cell) => cell !== ""))
      throw invalidBody(
        "",
        `${where} has ${found.length} fields, line 1 has ${columns.length}: is a comma the decimal sign? Then separate by semicolons`,
      );
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

/** A line's fields; within quotes a separator is text. Blanks go, and so does a byte order mark. */
function cellsOf(line: string, separator: string): string[] {
  const cells = [""];
  let isQuoted = false;
  for (const char of line)
    if (char === '"') isQuoted = !isQuoted;
    else if (char === separator && !isQuoted) cells.push("");
    else cells[cells.length - 1] += char;
  return cells.map((cell) => cell.trim());
}

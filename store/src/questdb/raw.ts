import { DAY_MS, type NormalisedReading } from "@smp/schemas";
import { arrivals, pages, type Arrival } from "../pages.ts";
import type { RawQuery } from "../store.ts";
import { msOf, readingOf } from "./read.ts";
import { extentSql, rawSql, type Tables } from "./schema.ts";
import { knownForms, numberOf, type Sql } from "./sql.ts";

/** What a meter has takes all its readings to find out: shorter ranges are searched as they are. */
const SHORT_MS_MAX = 7 * DAY_MS;

/** A meter's readings in pages, each a query of its own; `open` gives the server for each. */
export async function* readRaw(
  query: RawQuery,
  tables: Tables,
  open: () => Promise<Sql>,
): AsyncGenerator<NormalisedReading[]> {
  const meters = knownForms([query.meter]);
  const range = meters.length === 0 ? undefined : await searched(query, extentSql(tables, meters), open);
  if (!range) return;
  const read = async (from: number, to: number, limit: number, after?: Arrival) => {
    const rows = await (await open()).query(rawSql(tables, { meters, from, to }, limit, after));
    return rows.map((row) => readingOf(query.meter, row));
  };
  const { receivedFrom } = query;
  if (receivedFrom === undefined) yield* pages({ ...query, ...range }, read);
  else
    yield* arrivals({ ...query, receivedFrom }, (after, limit) => read(range.from, range.to, limit, after));
}

/** Where there may be readings: of an open range, from the meter's first one to its last. */
async function searched(
  { from, to }: RawQuery,
  extent: string,
  open: () => Promise<Sql>,
): Promise<{ from: number; to: number } | undefined> {
  if (to - from <= SHORT_MS_MAX) return { from, to };
  const [row] = await (await open()).query(extent);
  if (numberOf(row?.["first_us"]) === null) return undefined;
  return { from: Math.max(from, msOf(row?.["first_us"])), to: Math.min(to, msOf(row?.["last_us"]) + 1) };
}

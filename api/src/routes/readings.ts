import { FUTURE_MS_MAX, HOUR_MS, TIME_MIN_MS, toOffsetString, type NormalisedReading } from "@smp/schemas";
import type { ReadingPage } from "@smp/schemas/api";
import type { RawQuery, RegistersQuery } from "@smp/store";
import { callerOf } from "../access/authenticate.ts";
import { requireRights, zoneOf } from "../access/guard.ts";
import { cacheRange, json } from "../answer/answer.ts";
import { formatOf, type Format } from "../export/format.ts";
import { readingColumns } from "../export/reading-columns.ts";
import { tableAnswer } from "../export/file.ts";
import { rawReading } from "../meters/latest.ts";
import { readParameters, requireLength, type Parameters, type TimeRange } from "../request/parameters.ts";
import { invalidParameter } from "../answer/problem.ts";
import type { App, AppContext } from "../ports.ts";
import type { Services } from "../services.ts";

/** The longest local day. */
const READINGS_RANGE_MS_MAX = 25 * HOUR_MS;
/** A file that breaks off is worth nothing: its pages wait longer for a busy store than an answer would. */
const PATIENCE = 12;
const PARAMETERS = ["from", "to", "limit", "cursor", "tz", "format", "updated_since"];

interface ReadingsRequest {
  meter: string;
  tz: string;
  range: TimeRange;
  /** Only what arrived then or later, in order of arrival. */
  updatedSince: number | undefined;
  query: Parameters;
}

export function addReadings(app: App, services: Services): void {
  app.get("/v1/meters/:id/readings", async (c) => {
    const query = readParameters(c, PARAMETERS);
    const meter = c.req.param("id");
    requireRights(c, [meter], "raw");
    const tz = query.timeZone(await zoneOf(services, meter));
    const now = services.now();
    const updatedSince = query.instant("updated_since", tz);
    const range =
      updatedSince === undefined
        ? query.range(tz, now, (to) => to - HOUR_MS)
        : {
            from: query.instant("from", tz) ?? TIME_MIN_MS,
            to: query.instant("to", tz) ?? now + FUTURE_MS_MAX,
          };
    const request = { meter, tz, range, updatedSince, query };
    const format = formatOf(c, query);
    c.header("vary", "Accept");
    return format === "json" ? pageAnswer(c, services, request) : fileAnswer(c, services, request, format);
  });
}

async function pageAnswer(c: AppContext, services: Services, request: ReadingsRequest): Promise<Response> {
  const { meter, tz, range, updatedSince, query } = request;
  if (updatedSince === undefined)
    requireLength(range, READINGS_RANGE_MS_MAX, "ask day by day, or for format=csv, ndjson or parquet");
  const limit = query.integer("limit", { min: 1, max: 10_000, fallback: 1000 });
  const place = placeOf(query, request);
  await services.meters.require([meter]);
  const found = await services.query(c, async (store) => {
    const all: NormalisedReading[] = [];
    for await (const batch of store.raw({ meter, ...range, ...place, limit: limit + 1 })) all.push(...batch);
    return all;
  });
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const next = found.length > limit && last ? cursorOf(last, updatedSince) : null;
  if (updatedSince === undefined) cacheRange(c, range, services.now());
  else c.header("cache-control", "private, no-cache");
  if (next !== null) {
    const rest = new URLSearchParams({
      from: String(range.from),
      to: String(range.to),
      limit: String(limit),
      tz,
      ...(updatedSince === undefined ? {} : { updated_since: String(updatedSince) }),
      cursor: next,
    });
    c.header("link", `</v1/meters/${meter}/readings?${rest.toString()}>; rel="next"`);
  }
  return json(c, {
    meter,
    from: toOffsetString(range.from, tz),
    to: toOffsetString(range.to, tz),
    tz,
    next,
    readings: page.map((reading) => rawReading(reading, tz)),
  } satisfies ReadingPage);
}

/** All readings of a range of any length as a file. */
async function fileAnswer(
  c: AppContext,
  services: Services,
  { meter, tz, range, updatedSince, query }: ReadingsRequest,
  format: Exclude<Format, "json">,
): Promise<Response> {
  for (const name of ["limit", "cursor"])
    if (query.has(name)) throw invalidParameter(name, "belongs to format=json: a file has the whole range");
  await services.meters.require([meter]);
  const asked = { meter, ...range, ...(updatedSince === undefined ? {} : { receivedFrom: updatedSince }) };
  const codes = await registersOf(c, services, asked, format);
  c.header("cache-control", "private, no-cache");
  return tableAnswer(c, format, {
    fileName: `${meter}_readings_${toOffsetString(range.from, tz).slice(0, 10)}`,
    columns: readingColumns(codes),
    tz,
    object: (reading) => rawReading(reading, tz),
    batches: pagesOf(c, services, asked),
  });
}

/** What the columns are of: the registers of the newest values, which an empty file names too, and those that were sent only then. */
async function registersOf(
  c: AppContext,
  services: Services,
  asked: RegistersQuery,
  format: Format,
): Promise<string[]> {
  // A line of NDJSON names its registers itself.
  if (format === "ndjson" || c.req.method === "HEAD") return [];
  const [latest] = await services.query(c, (store) => store.latest([asked.meter]));
  const sent = await services.run((store) => store.registers(asked), PATIENCE);
  return [...new Set(Object.keys(latest?.registers ?? {}).concat(sent))];
}

/**
 * The store's pages, each asked for within the limits of queries: a long file does not keep others out. It ends with the right to it,
 * by which each page is judged anew.
 */
async function* pagesOf(
  c: AppContext,
  services: Services,
  query: RawQuery,
): AsyncGenerator<NormalisedReading[]> {
  const pages = services.ports.store.raw(query)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const page = await services.run(() => pages.next(), PATIENCE);
      if (page.done) return;
      c.set("caller", await callerOf(c, services.access));
      requireRights(c, [query.meter], "raw");
      yield page.value;
    }
  } catch (error) {
    // The answer has begun: its reader sees a broken connection, the operator the reason.
    services.ports.logger.warn({ err: error, meter: query.meter }, "a file of readings broke off");
    throw error;
  } finally {
    await pages.return?.();
  }
}

/** A page's beginning as text that nobody is tempted to build by hand. */
const cursorOf = ({ t, received }: NormalisedReading, updatedSince: number | undefined): string =>
  Buffer.from(updatedSince === undefined ? String(t + 1) : `${received}.${t}`).toString("base64url");

/** Where a page begins: in the order of time, or of arrival. */
function placeOf(
  query: Parameters,
  { range, updatedSince }: ReadingsRequest,
): Pick<RawQuery, "from" | "receivedFrom" | "after"> {
  const cursor = query.text("cursor", {
    pattern: /^[A-Za-z0-9_-]{1,64}$/,
    form: "the next of the page before",
  });
  if (cursor === undefined)
    return { from: range.from, ...(updatedSince === undefined ? {} : { receivedFrom: updatedSince }) };
  const text = Buffer.from(cursor, "base64url").toString("latin1");
  const [, first = "", , second] = /^(\d{1,15})(\.(\d{1,15}))?$/.exec(text) ?? [];
  const [a, b] = [Number(first), Number(second)];
  if (updatedSince !== undefined && first !== "" && second !== undefined && a >= updatedSince)
    return { from: range.from, receivedFrom: updatedSince, after: { received: a, t: b } };
  if (updatedSince === undefined && first !== "" && second === undefined && a >= range.from && a < range.to)
    return { from: a };
  throw invalidParameter(
    "cursor",
    "does not belong to this range: take it from the page before and keep the other parameters",
  );
}

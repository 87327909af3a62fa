import { toOffsetString } from "@smp/schemas";
import type {
  PriceDeletion,
  PriceSeries,
  PriceSeriesList,
  PriceSlots,
  PriceUploadResult,
} from "@smp/schemas/api";
import { json } from "../answer/answer.ts";
import { invalidBody } from "../request/body.ts";
import { formatDecimal, parseDecimal } from "../cost/decimal.ts";
import { forwardRange, readParameters, type Parameters, type TimeRange } from "../request/parameters.ts";
import {
  priceHeads,
  priceSummaries,
  readSlots,
  SERIES_DECIMALS,
  SERIES_ID,
  unknownPrices,
  type PriceSummary,
} from "../prices/series.ts";
import { invalidParameter } from "../answer/problem.ts";
import { PRICE_FORMATS, PRICE_SOURCES } from "../prices/formats.ts";
import { requireSeries, requireWrite } from "../access/rights.ts";
import type { App } from "../ports.ts";
import type { Services } from "../services.ts";

/** Price series: lists of prices by time that dynamic contracts refer to. */
export function addPrices(app: App, services: Services): void {
  const { config, now } = services;

  app.get("/v1/prices", async (c) => {
    const tz = readParameters(c, ["tz"]).timeZone(config.timeZone);
    const summaries = await services.query(c, priceSummaries);
    c.header("cache-control", "no-cache");
    return json(c, {
      tz,
      series: summaries.map((summary) => seriesAnswer(summary, tz)),
    } satisfies PriceSeriesList);
  });

  app.get("/v1/prices/:series", async (c) => {
    const query = readParameters(c, ["from", "to", "tz"]);
    const tz = query.timeZone(config.timeZone);
    const range = forwardRange(query, tz, now());
    const id = c.req.param("series");
    const [head, slots] = await services.query(c, async (store) => {
      const found = (await priceHeads(store)).find((candidate) => candidate.id === id);
      if (!found) throw unknownPrices(id);
      return [found, await readSlots(store, found, range.from, range.to)];
    });
    c.header("cache-control", "private, no-cache");
    return json(c, {
      series: id,
      currency: head.currency,
      unit: "kWh",
      from: toOffsetString(range.from, tz),
      to: toOffsetString(range.to, tz),
      tz,
      slots: slots.map(({ from, to, price }) => ({
        start: toOffsetString(from, tz),
        end: toOffsetString(to, tz),
        price: formatDecimal(parseDecimal(price, SERIES_DECIMALS), SERIES_DECIMALS),
      })),
    } satisfies PriceSlots);
  });

  addPriceChanges(app, services);
}

function addPriceChanges(app: App, services: Services): void {
  const { config, now } = services;

  app.put("/v1/prices/:series", async (c) => {
    const query = readParameters(c, ["source", "name", "currency", "unit", "tz"]);
    const tz = query.timeZone(config.timeZone);
    requireWrite(c);
    const format = PRICE_FORMATS[query.oneOf("source", PRICE_SOURCES) ?? "smp"];
    const options = {
      tz,
      currency: query.text("currency", { pattern: /^[A-Z]{3}$/, form: "a currency such as EUR" }) ?? "EUR",
      unit: query.oneOf("unit", ["kWh", "MWh"]) ?? "kWh",
      ...nameOf(query),
    };
    const id = c.req.param("series");
    if (!SERIES_ID.test(id))
      throw invalidBody(
        "",
        "the series' id in the address must be of a-z, 0-9 and -, at most 63, not - first",
      );
    await requireSeries(c, services, id);
    const table = format(await c.req.text(), options);
    const summary = await services.query(c, () => services.prices.put(id, table));
    return json(c, {
      tz,
      stored: table.prices.size,
      series: seriesAnswer(summary, tz),
    } satisfies PriceUploadResult);
  });

  app.delete("/v1/prices/:series", async (c) => {
    const query = readParameters(c, ["from", "to", "tz"]);
    const tz = query.timeZone(config.timeZone);
    const id = c.req.param("series");
    await requireSeries(c, services, id);
    const range = deletionRange(query, tz, now());
    const { quarters, left } = await services.query(c, () => services.prices.remove(id, range));
    return json(c, {
      tz,
      deleted: quarters,
      series: left && seriesAnswer(left, tz),
    } satisfies PriceDeletion);
  });
}

/** Undefined is all: half a range is more likely forgotten than meant. */
function deletionRange(query: Parameters, tz: string, now: number): TimeRange | undefined {
  if (!query.has("from") && !query.has("to")) return undefined;
  for (const name of ["from", "to"])
    if (!query.has(name))
      throw invalidParameter(
        name,
        `must be given with the other end; without both the whole series is deleted`,
      );
  return forwardRange(query, tz, now);
}

function nameOf(query: Parameters): { name?: string } {
  const name = query.text("name", { pattern: /^.{1,120}$/u, form: "a text of 1 to 120 characters" });
  return name === undefined ? {} : { name };
}

const seriesAnswer = (
  { id, name, currency, slot, firstMs, lastMs }: PriceSummary,
  tz: string,
): PriceSeries => ({
  id,
  name,
  currency,
  unit: "kWh",
  slot,
  first: toOffsetString(firstMs, tz),
  last: toOffsetString(lastMs, tz),
});

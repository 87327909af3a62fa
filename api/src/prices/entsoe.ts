import { XMLParser } from "fast-xml-parser";
import { parseInstant, QUARTER_HOUR_MS } from "@smp/schemas";
import { invalidBody } from "../request/body.ts";
import { quoted } from "../answer/problem.ts";
import { perKwh, tableOf, timeOf, type FilePrice, type PriceFormat } from "./format.ts";

const RESOLUTIONS: Readonly<Record<string, number>> = {
  PT15M: QUARTER_HOUR_MS,
  PT30M: 2 * QUARTER_HOUR_MS,
  PT60M: 4 * QUARTER_HOUR_MS,
};
const POINTS_MAX = 10_000;
/** A contract_MarketAgreement.type: daily. */
const DAY_AHEAD = "A01";
const LISTS = new Set(["TimeSeries", "Period", "Point", "Reason"]);
// No entities, no attributes, no numbers: texts as they stand.
const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  processEntities: false,
  removeNSPrefix: true,
  isArray: (name) => LISTS.has(name),
});

type Node = Readonly<Record<string, unknown>>;
const node = (value: unknown): Node => (typeof value === "object" && value !== null ? (value as Node) : {});
const list = (value: unknown): Node[] => (Array.isArray(value) ? value.map(node) : []);
const text = (value: unknown): string => (typeof value === "string" ? value : "");

/**
 * The day-ahead prices of the ENTSO-E Transparency Platform, a Publication_MarketDocument (document type A44). In curves of
 * type A03 a position that is left out has the price of the one before. Of several auctions of the same time the first
 * counts: in Austria and Germany the coupled market, not EXAA's earlier one, however fine; of one auction the finest series.
 */
export const entsoe: PriceFormat = (xml, { name }) => {
  let root: Node;
  try {
    root = node(parser.parse(xml, true));
  } catch (error) {
    throw invalidBody("", `the body is no XML: ${(error as Error).message}`);
  }
  const refusal = list(node(root["Acknowledgement_MarketDocument"])["Reason"])[0];
  if (refusal) throw invalidBody("", `ENTSO-E has no prices: ${quoted(text(refusal["text"]))}`);
  const all = list(node(root["Publication_MarketDocument"])["TimeSeries"]);
  if (all.length === 0) throw invalidBody("", "must be a Publication_MarketDocument with a TimeSeries");
  // A document of some countries (Spain) holds the intraday auctions, too.
  const series = all.filter((each) => ["", DAY_AHEAD].includes(text(each["contract_MarketAgreement.type"])));
  if (series.length === 0) throw invalidBody("", "has no day-ahead prices, but those of other markets");
  const currencies = new Set(series.map((each) => text(each["currency_Unit.name"])));
  const [currency = "", ...more] = currencies;
  if (more.length > 0 || !/^[A-Z]{3}$/.test(currency)) throw invalidBody("", "must be in one currency");
  const periods = series.flatMap(periodsOf).sort((a, b) => a.auction - b.auction || a.length - b.length);
  const quarters = new Map<number, { price: string; length: number; passedMs: number }>();
  for (const { length, ...period } of periods)
    for (const { start, price } of pricesOf({ length, ...period }))
      for (let passedMs = 0; passedMs < length; passedMs += QUARTER_HOUR_MS)
        if (!quarters.has(start + passedMs)) quarters.set(start + passedMs, { price, length, passedMs });
  const step = [...quarters.values()].reduce((least, { length }) => Math.min(least, length), Infinity);
  const prices = [...quarters].flatMap(([start, { price, passedMs }]): FilePrice[] =>
    passedMs % step === 0 ? [{ start, end: start + step, price }] : [],
  );
  return tableOf({ currency, name }, prices);
};

interface Period {
  start: number;
  end: number;
  length: number;
  auction: number;
  fillsForward: boolean;
  unit: "MWh" | "kWh";
  points: ReadonlyMap<number, string>;
}

function periodsOf(series: Node): Period[] {
  const unitText = text(series["price_Measure_Unit.name"]);
  if (unitText !== "MWH" && unitText !== "KWH")
    throw invalidBody("", `the prices are per ${quoted(unitText)}, but must be per MWH or KWH`);
  return list(series["Period"]).map((period) => {
    const interval = node(period["timeInterval"]);
    const [start, end] = [interval["start"], interval["end"]].map((time) => parseInstant(text(time), "UTC"));
    const length = RESOLUTIONS[text(period["resolution"])];
    if (start === undefined || end === undefined || length === undefined || end <= start)
      throw invalidBody("", "a Period must have a timeInterval and a resolution of PT15M, PT30M or PT60M");
    if ((end - start) / length > POINTS_MAX)
      throw invalidBody("", `a Period has more than ${POINTS_MAX} positions`);
    return {
      start,
      end,
      length,
      auction: Number(text(series["classificationSequence_AttributeInstanceComponent.position"]) || "1"),
      fillsForward: text(series["curveType"]) === "A03",
      unit: unitText === "MWH" ? "MWh" : "kWh",
      points: new Map(
        list(period["Point"]).map((point) => [Number(text(point["position"])), text(point["price.amount"])]),
      ),
    };
  });
}

function pricesOf({ start, end, length, fillsForward, unit, points }: Period): FilePrice[] {
  const prices: FilePrice[] = [];
  let last: string | undefined;
  for (let position = 1; start + position * length <= end; position++) {
    const from = start + (position - 1) * length;
    const amount = points.get(position);
    if (amount !== undefined) {
      last = perKwh(amount, unit);
      if (last === undefined)
        throw invalidBody("", `the price at ${timeOf(from)} is ${quoted(amount)}, no number`);
    } else if (!fillsForward) last = undefined;
    if (last !== undefined) prices.push({ start: from, end: from + length, price: last });
  }
  return prices;
}

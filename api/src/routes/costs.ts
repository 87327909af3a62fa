import { QUARTER_HOUR_MS, toOffsetString } from "@smp/schemas";
import type { CostSeries, MeterPrices, PriceComponent, Tariff, UsedTariff } from "@smp/schemas/api";
import { requireMeters, zoneOf } from "../access/guard.ts";
import { json } from "../answer/answer.ts";
import { invalidBody, jsonBody } from "../request/body.ts";
import { COST_COLUMNS, costBucket, type CostRow } from "../cost/answer.ts";
import type { ContractTime } from "../cost/contracts.ts";
import { costs, totalCost } from "../cost/cost.ts";
import { meterPriceSlots } from "../cost/meter-prices.ts";
import { readEnergy, readPricing } from "../cost/query.ts";
import { formatOf } from "../export/format.ts";
import { forwardRange, Parameters, readParameters } from "../request/parameters.ts";
import { HttpProblem, quoted } from "../answer/problem.ts";
import type { App, AppContext } from "../ports.ts";
import type { Services } from "../services.ts";
import { checkedTariff } from "../cost/tariffs.ts";
import { bucketFile, head, seriesRequest, type SeriesRequest } from "./series.ts";

const BUCKETS_MAX = 10_000;
/** A year of whole weeks, and some days. */
const DAYS_MAX = 375;
const QUARTERS_MAX = DAYS_MAX * 96;
/** Quarter hours times components: what is reckoned at once. Twenty components for a year. */
const PRICED_MAX = QUARTERS_MAX * 22;
/** Buckets times the parts that each of them may have: what is answered at once. */
const PARTS_MAX = 150_000;
/** Of a preview that nobody answers for, who may send the heaviest contract again and again: more than a household's has. */
const ANONYMOUS_PRICED_MAX = QUARTERS_MAX * 8;
const PARAMETERS = ["from", "to", "resolution", "tz"];
const PREVIEW_FIELDS = ["tariff", ...PARAMETERS];

/** What energy cost and earned. */
export function addCosts(app: App, services: Services): void {
  app.get("/v1/meters/:id/cost", async (c) => {
    const query = readParameters(c, [...PARAMETERS, "format"]);
    const format = formatOf(c, query);
    const request = await costRequest(c, services, query);
    const answer = await costSeries(c, services, request);
    // A change of a contract changes the past, too.
    c.header("cache-control", "private, no-cache");
    c.header("vary", "Accept");
    if (format === "json") return json(c, answer);
    const { buckets, currency } = answer;
    return bucketFile(c, format, {
      of: request.meter,
      what: "cost",
      columns: COST_COLUMNS,
      buckets: buckets.map((bucket): CostRow => ({ ...bucket, currency })),
      request,
    });
  });

  app.post("/v1/meters/:id/cost/preview", async (c) => {
    readParameters(c, []);
    // With prices of one's own for each quarter hour, the sums would tell the quarter hours' energy.
    await requireMeters(c, services, [c.req.param("id")], "15m");
    const { tariff, query } = previewOf(await jsonBody(c));
    const request = await costRequest(c, services, query);
    c.header("cache-control", "no-store");
    return json(c, await costSeries(c, services, request, tariff));
  });

  app.get("/v1/meters/:id/prices", async (c) => {
    const query = readParameters(c, ["from", "to", "tz"]);
    const meter = c.req.param("id");
    await requireMeters(c, services, [meter]);
    const zone = await zoneOf(services, meter);
    const tz = query.timeZone(zone);
    const range = forwardRange(query, tz, services.now());
    const priced = await services.query(c, (store) => readPricing(store, meter, zone, range));
    c.header("cache-control", "private, no-cache");
    return json(c, {
      meter,
      from: toOffsetString(range.from, tz),
      to: toOffsetString(range.to, tz),
      tz,
      currency: priced.currency,
      slots: meterPriceSlots(priced.contracts, priced.seriesOf, zone, tz),
    } satisfies MeterPrices);
  });
}

async function costRequest(c: AppContext, services: Services, query: Parameters): Promise<SeriesRequest> {
  const request = await seriesRequest(c, services, query, BUCKETS_MAX);
  const quarters = (request.range.to - request.range.from) / QUARTER_HOUR_MS;
  if (quarters > QUARTERS_MAX)
    throw new HttpProblem(
      "range-too-large",
      `${Math.round(quarters / 96)} days are more than ${DAYS_MAX}: ask for each year apart.`,
    );
  return request;
}

async function costSeries(
  c: AppContext,
  services: Services,
  request: SeriesRequest,
  instead?: Tariff,
): Promise<CostSeries> {
  const { meter, range, told, tz, bounds } = request;
  const zone = await zoneOf(services, meter);
  const now = services.now();
  const [energy, priced] = await services.query(c, (store) =>
    Promise.all([readEnergy(store, meter, told), readPricing(store, meter, zone, range, instead)]),
  );
  const { contracts, seriesOf, currency } = priced;
  const pricedMax = instead && c.get("caller").anonymous ? ANONYMOUS_PRICED_MAX : PRICED_MAX;
  for (const { tariff } of contracts) if (tariff) requireSize(tariff, request, pricedMax);
  const sums = costs({ bounds, tz: zone, contracts, energy, seriesOf, now });
  return {
    ...head(request),
    currency,
    tariffs: usedTariffs(contracts),
    total: costBucket(totalCost(sums), range, tz, now),
    buckets: sums.map((sum, index) =>
      costBucket(sum, { from: bounds[index]!, to: bounds[index + 1]! }, tz, now),
    ),
  };
}

/** A contract may have more parts than anybody pays for, and each of them would be in every bucket. */
function requireSize(tariff: Tariff, { bounds, range }: SeriesRequest, pricedMax: number): void {
  const buckets = bounds.length - 1;
  const quarters = (range.to - range.from) / QUARTER_HOUR_MS;
  const components = [...tariff.import, ...tariff.export];
  const partsOf = (component: PriceComponent): number =>
    component.kind === "time-of-use"
      ? Math.min(component.zones.length + 1, Math.ceil(quarters / buckets))
      : 1;
  const parts = components.reduce((sum, component) => sum + partsOf(component), tariff.base_fees.length);
  if (quarters * components.length <= pricedMax && buckets * parts <= PARTS_MAX) return;
  throw new HttpProblem(
    "range-too-large",
    `${quoted(tariff.name)} has ${components.length} components, and up to ${parts} parts in each of ${buckets} buckets: ask for a coarser resolution or a shorter range.`,
  );
}

function usedTariffs(contracts: readonly ContractTime[]): UsedTariff[] {
  const used = new Set(contracts.flatMap(({ tariff }) => tariff ?? []));
  return [...used].map(({ id, name, valid_from, valid_to }) => ({ id, name, valid_from, valid_to }));
}

/** The contract of a preview, and the rest as the parameters that they are elsewhere. */
function previewOf(body: unknown): { tariff: Tariff; query: Parameters } {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw invalidBody("", "must be an object with tariff, from and to");
  const fields = body as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(fields).find((field) => !PREVIEW_FIELDS.includes(field));
  if (unknown !== undefined)
    throw invalidBody(`/${unknown}`, `is unknown; known are ${PREVIEW_FIELDS.join(", ")}`);
  const values: Record<string, string> = {};
  for (const name of PARAMETERS) {
    const value = fields[name];
    if (value === undefined && name !== "from" && name !== "to") continue;
    if (typeof value !== "string") throw invalidBody(`/${name}`, "must be a text");
    values[name] = value;
  }
  return { tariff: checkedTariff(fields["tariff"], "/tariff"), query: new Parameters(values) };
}

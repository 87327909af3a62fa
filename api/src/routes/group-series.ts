import { bucketBounds, DAY_MS, grouped, QUARTER_HOUR_MS, toOffsetString } from "@smp/schemas";
import type {
  GroupEnergyBucket,
  GroupEnergySeries,
  GroupPowerBucket,
  GroupPowerSeries,
} from "@smp/schemas/api";
import type { Bucket, SeriesQuery, Store } from "@smp/store";
import { refusal } from "../access/authenticate.ts";
import { cacheRange, json } from "../answer/answer.ts";
import { formatOf, type Format } from "../export/format.ts";
import { BOUNDS, fields, type Column } from "../export/table.ts";
import { publicMembers, readsAll, type GroupRecord } from "../groups/group.ts";
import type { PublishedDay } from "../groups/publication.ts";
import { memberEnergy, memberPower, publicEnergy, publicPower, publishedHours } from "../groups/sums.ts";
import { readParameters, type TimeRange } from "../request/parameters.ts";
import { HttpProblem, invalidParameter } from "../answer/problem.ts";
import type { App, AppContext } from "../ports.ts";
import type { Services } from "../services.ts";
import { requireGroup } from "./groups.ts";
import { bucketFile, bucketRequest, type BucketRequest } from "./series.ts";

/** Meters times quarter hours that one request may add up: 140 meters' year. */
const QUARTERS_MAX = 5_000_000;
const PARAMETERS = ["from", "to", "resolution", "tz"];

/** What a caller gets of a group: sums of these members, or only what is published. */
export type GroupView = { kind: "members"; meters: readonly string[] } | { kind: "published" };

/** Whoever may read all members gets everything; the public gets its open members, or published sums. */
export async function groupView(c: AppContext, services: Services, group: GroupRecord): Promise<GroupView> {
  if (readsAll(c.get("caller"), group)) return { kind: "members", meters: group.meters };
  const { open, aggregate } = publicMembers(group, await services.access.settings());
  return aggregate.length === 0 ? { kind: "members", meters: open } : { kind: "published" };
}

export function addGroupSeries(app: App, services: Services): void {
  app.get("/v1/groups/:id/energy", async (c) => {
    const asked = await groupRequest(c, services);
    const { group, view, request, format } = asked;
    const { total, buckets } =
      view.kind === "published"
        ? await publishedEnergy(c, services, asked)
        : await membersEnergy(c, services, request, view.meters);
    if (format === "json")
      return json(c, { ...headOf(group, request), unit: "kWh", total, buckets } satisfies GroupEnergySeries);
    return bucketFile(c, format, {
      of: group.id,
      what: "energy",
      columns: ENERGY_COLUMNS,
      buckets,
      request,
    });
  });

  app.get("/v1/groups/:id/power", async (c) => {
    const asked = await groupRequest(c, services);
    const { group, view, request, format } = asked;
    const buckets =
      view.kind === "published"
        ? await publishedPower(c, services, asked)
        : await membersPower(c, services, request, view.meters);
    if (format === "json")
      return json(c, { ...headOf(group, request), unit: "W", buckets } satisfies GroupPowerSeries);
    return bucketFile(c, format, { of: group.id, what: "power", columns: POWER_COLUMNS, buckets, request });
  });
}

async function publishedEnergy(
  c: AppContext,
  services: Services,
  { group, request }: GroupRequest,
): Promise<GroupEnergy> {
  const { bounds, range, tz } = request;
  const hours = publishedHours(await publishedDays(c, services, request), group.id, tz);
  const parts = withinBounds(bounds, hours);
  const options = { tz, now: services.now() };
  return {
    total: publicEnergy(range, { ...options, hours: parts.flat() }),
    buckets: rangesOf(bounds).map((part, index) =>
      publicEnergy(part, { ...options, hours: parts[index] ?? [] }),
    ),
  };
}

async function membersEnergy(
  c: AppContext,
  services: Services,
  request: BucketRequest,
  meters: readonly string[],
): Promise<GroupEnergy> {
  const { bounds, range, tz } = request;
  const { own, whole, quarters } = await services.query(c, (store) => memberBuckets(store, meters, request));
  const parts = withinBounds(bounds, quarters);
  const options = { members: meters.length, tz, now: services.now() };
  return {
    total: memberEnergy(range, { ...options, own: whole, quarters }),
    buckets: rangesOf(bounds).map((part, index) =>
      memberEnergy(part, { ...options, own: own.get(part.from) ?? [], quarters: parts[index] ?? [] }),
    ),
  };
}

async function publishedPower(
  c: AppContext,
  services: Services,
  { group, request }: GroupRequest,
): Promise<GroupPowerBucket[]> {
  const { bounds, tz } = request;
  const hours = publishedHours(await publishedDays(c, services, request), group.id, tz);
  const parts = withinBounds(bounds, hours);
  return rangesOf(bounds).map((part, index) =>
    publicPower(part, { hours: parts[index] ?? [], tz, now: services.now() }),
  );
}

async function membersPower(
  c: AppContext,
  services: Services,
  request: BucketRequest,
  meters: readonly string[],
): Promise<GroupPowerBucket[]> {
  const buckets = await services.query(c, async (store) =>
    meters.length === 0 ? [] : store.series(memberQuery(meters, request)),
  );
  const own = grouped(buckets, ({ from }) => from);
  const options = { members: meters.length, tz: request.tz, now: services.now() };
  return rangesOf(request.bounds).map((part) =>
    memberPower(part, { ...options, own: own.get(part.from) ?? [] }),
  );
}

const ENERGY_COLUMNS: readonly Column<GroupEnergyBucket>[] = [
  ...BOUNDS,
  ...fields<GroupEnergyBucket>("number", "import_kwh", "export_kwh", "balance_kwh", "shared_kwh"),
  ...fields<GroupEnergyBucket>("number", "coverage", "members", "reporting"),
  ...fields<GroupEnergyBucket>("text", "quality"),
];
const POWER_COLUMNS: readonly Column<GroupPowerBucket>[] = [
  ...BOUNDS,
  ...fields<GroupPowerBucket>("number", "avg_w", "coverage", "members", "reporting"),
];

type GroupEnergy = Pick<GroupEnergySeries, "total" | "buckets">;

interface GroupRequest {
  group: GroupRecord;
  view: GroupView;
  request: BucketRequest;
  format: Format;
}

async function groupRequest(c: AppContext, services: Services): Promise<GroupRequest> {
  const query = readParameters(c, [...PARAMETERS, "format"]);
  const format = formatOf(c, query);
  c.header("vary", "Accept");
  const group = await requireGroup(c, services);
  const view = await groupView(c, services, group);
  const zone = services.config.timeZone;
  const request = bucketRequest(query, { zone, now: services.now() });
  if (view.kind === "published") requirePublished(c, request, zone);
  else requireCost(view.meters.length, request.range);
  cacheRange(c, request.range, services.now());
  return { group, view, request, format };
}

/** Days that are published later, or with the next request, are asked for again soon, though they are long over. */
async function publishedDays(
  c: AppContext,
  services: Services,
  { range, tz }: BucketRequest,
): Promise<PublishedDay[]> {
  const days = await services.query(c, (store) => services.published.of(store, range));
  const isWhole = days.length === bucketBounds(range.from, range.to, "day", tz).length - 1;
  if (!isWhole) cacheRange(c, { ...range, to: Infinity }, services.now());
  return days;
}

/** Published are whole hours in one zone: quarter hours tell more, and hours of two zones could be subtracted. */
function requirePublished(c: AppContext, { resolution, tz }: BucketRequest, zone: string): void {
  if (tz !== zone)
    throw invalidParameter("tz", `must be ${zone}: the group's sums are published in that zone only`);
  if (resolution === "15m")
    throw refusal(
      c,
      "Of this group whole hours are published; quarter hours need a token that may read all members.",
    );
}

function requireCost(meters: number, { from, to }: TimeRange): void {
  const quarters = meters * ((to - from) / QUARTER_HOUR_MS);
  if (quarters <= QUARTERS_MAX) return;
  const days = Math.floor((QUARTERS_MAX * QUARTER_HOUR_MS) / meters / DAY_MS);
  throw new HttpProblem(
    "range-too-large",
    `${meters} meters over this range are more than one answer may add up: ask for at most ${days} days.`,
  );
}

const headOf = (group: GroupRecord, { range, tz, resolution }: BucketRequest) => ({
  group: group.id,
  from: toOffsetString(range.from, tz),
  to: toOffsetString(range.to, tz),
  tz,
  resolution,
  licence: group.licence,
});

const rangesOf = (bounds: readonly number[]): TimeRange[] =>
  bounds.slice(1).map((to, index) => ({ from: bounds[index]!, to }));

const memberQuery = (meters: readonly string[], { range, resolution, tz }: BucketRequest): SeriesQuery => ({
  meters,
  ...range,
  resolution,
  tz,
  perMeter: true,
});

async function memberBuckets(
  store: Store,
  meters: readonly string[],
  request: BucketRequest,
): Promise<{ own: ReadonlyMap<number, Bucket[]>; whole: Bucket[]; quarters: Bucket[] }> {
  if (meters.length === 0) return { own: new Map(), whole: [], quarters: [] };
  const query = memberQuery(meters, request);
  const [{ buckets, whole }, quarters] = await Promise.all([
    store.seriesAndWhole(query),
    store.series({ ...query, resolution: "15m", perMeter: false }),
  ]);
  return { own: grouped(buckets, ({ from }) => from), whole, quarters };
}

/** Puts parts, in order of time, to the bucket in which they begin. */
function withinBounds<T extends { from: number }>(bounds: readonly number[], parts: readonly T[]): T[][] {
  const found: T[][] = bounds.slice(1).map(() => []);
  let index = 0;
  for (const part of parts) {
    while (index < found.length && part.from >= bounds[index + 1]!) index++;
    if (part.from >= bounds[0]!) found[index]?.push(part);
  }
  return found;
}

import { bucketBounds, DAY_MS, QUARTER_HOUR_MS, toOffsetString } from "@smp/schemas";
import type {
  GroupEnergyBucket,
  GroupEnergySeries,
  GroupPowerBucket,
  GroupPowerSeries,
} from "@smp/schemas/api";
import type { Bucket, SeriesQuery, Store } from "@smp/store";
import { refusal } from "../access/authenticate.ts";
import { cacheRange, json } from "../answer.ts";
import { formatOf, type Format } from "../export/format.ts";
import type { Column } from "../export/table.ts";
import { publicMembers, readsAll, type GroupRecord } from "../groups/group.ts";
import type { PublishedDay } from "../groups/publication.ts";
import { memberEnergy, memberPower, publicEnergy, publicPower, publishedHours } from "../groups/sums.ts";
import { readParameters, type TimeRange } from "../parameters.ts";
import { HttpProblem, invalidParameter } from "../problem.ts";
import type { App, AppContext, Services } from "../services.ts";
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
  const now = services.now;
  app.get("/v1/groups/:id/energy", async (c) => {
    const { group, view, request, format, tz } = await groupRequest(c, services);
    const { bounds, range } = request;
    cacheRange(c, range, now());
    const head = headOf(group, request);
    if (view.kind === "published") {
      const days = await publishedDays(c, services, request);
      const hours = publishedHours(days, group.id, tz);
      const parts = withinBounds(bounds, hours);
      const buckets = rangesOf(bounds).map((part, index) =>
        publicEnergy(part, { hours: parts[index] ?? [], tz, now: now() }),
      );
      const total = publicEnergy(range, { hours: parts.flat(), tz, now: now() });
      if (format !== "json") return energyFile(c, format, group, request, buckets);
      return json(c, { ...head, unit: "kWh", total, buckets } satisfies GroupEnergySeries);
    }
    const { meters } = view;
    const { own, whole, quarters } = await services.query(c, (store) =>
      memberBuckets(store, meters, request),
    );
    const parts = withinBounds(bounds, quarters);
    const options = { members: meters.length, tz, now: now() };
    const buckets = rangesOf(bounds).map((part, index) =>
      memberEnergy(part, { ...options, own: own.get(part.from) ?? [], quarters: parts[index] ?? [] }),
    );
    const total = memberEnergy(range, { ...options, own: whole, quarters });
    if (format !== "json") return energyFile(c, format, group, request, buckets);
    return json(c, { ...head, unit: "kWh", total, buckets } satisfies GroupEnergySeries);
  });

  app.get("/v1/groups/:id/power", async (c) => {
    const { group, view, request, format, tz } = await groupRequest(c, services);
    const { bounds, range } = request;
    cacheRange(c, range, now());
    const head = headOf(group, request);
    if (view.kind === "published") {
      const hours = publishedHours(await publishedDays(c, services, request), group.id, tz);
      const parts = withinBounds(bounds, hours);
      const buckets = rangesOf(bounds).map((part, index) =>
        publicPower(part, { hours: parts[index] ?? [], tz, now: now() }),
      );
      if (format !== "json") return powerFile(c, format, group, request, buckets);
      return json(c, { ...head, unit: "W", buckets } satisfies GroupPowerSeries);
    }
    const { meters } = view;
    const own = byStart(
      await services.query(c, async (store) =>
        meters.length === 0 ? [] : store.series(memberQuery(meters, request)),
      ),
    );
    const buckets = rangesOf(bounds).map((part) =>
      memberPower(part, { own: own.get(part.from) ?? [], members: meters.length, tz, now: now() }),
    );
    if (format !== "json") return powerFile(c, format, group, request, buckets);
    return json(c, { ...head, unit: "W", buckets } satisfies GroupPowerSeries);
  });
}

const times = [
  { name: "start", type: "time", of: ({ start }: { start: string }) => Date.parse(start) },
  { name: "end", type: "time", of: ({ end }: { end: string }) => Date.parse(end) },
] as const;
const ENERGY_COLUMNS: readonly Column<GroupEnergyBucket>[] = [
  ...times,
  ...(
    ["import_kwh", "export_kwh", "balance_kwh", "shared_kwh", "coverage", "members", "reporting"] as const
  ).map((name): Column<GroupEnergyBucket> => ({ name, type: "number", of: (bucket) => bucket[name] })),
  { name: "quality", type: "text", of: ({ quality }) => quality },
];
const POWER_COLUMNS: readonly Column<GroupPowerBucket>[] = [
  ...times,
  ...(["avg_w", "coverage", "members", "reporting"] as const).map((name): Column<GroupPowerBucket> => ({
    name,
    type: "number",
    of: (bucket) => bucket[name],
  })),
];
type FileFormat = Exclude<Format, "json">;
const energyFile = (
  c: AppContext,
  format: FileFormat,
  { id }: GroupRecord,
  request: BucketRequest,
  buckets: readonly GroupEnergyBucket[],
): Response => bucketFile(c, format, { of: id, what: "energy", columns: ENERGY_COLUMNS, buckets, request });
const powerFile = (
  c: AppContext,
  format: FileFormat,
  { id }: GroupRecord,
  request: BucketRequest,
  buckets: readonly GroupPowerBucket[],
): Response => bucketFile(c, format, { of: id, what: "power", columns: POWER_COLUMNS, buckets, request });

async function groupRequest(
  c: AppContext,
  services: Services,
): Promise<{ group: GroupRecord; view: GroupView; request: BucketRequest; format: Format; tz: string }> {
  const query = readParameters(c, [...PARAMETERS, "format"]);
  const format = formatOf(c, query);
  c.header("vary", "Accept");
  const group = await requireGroup(c, services);
  const view = await groupView(c, services, group);
  const zone = services.config.timeZone;
  const request = bucketRequest(query, { zone, now: services.now() });
  if (view.kind === "published") requirePublished(c, request, zone);
  else requireCost(view.meters.length, request.range);
  return { group, view, request, format, tz: request.tz };
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
  return { own: byStart(buckets), whole, quarters };
}

function byStart(buckets: readonly Bucket[]): ReadonlyMap<number, Bucket[]> {
  const found = new Map<number, Bucket[]>();
  for (const bucket of buckets) {
    const list = found.get(bucket.from);
    if (list) list.push(bucket);
    else found.set(bucket.from, [bucket]);
  }
  return found;
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

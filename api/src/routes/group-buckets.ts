import { bucketBounds, grouped, QUARTER_HOUR_MS } from "@smp/schemas";
import type { GroupEnergySeries, GroupPowerBucket } from "@smp/schemas/api";
import type { Bucket, EnergyStretch, SeriesQuery, Store } from "@smp/store";
import { cacheRange } from "../answer/answer.ts";
import type { Format } from "../export/format.ts";
import type { GroupRecord } from "../groups/group.ts";
import type { PublishedDay } from "../groups/publication.ts";
import { hourly } from "../groups/shared.ts";
import { memberEnergy, memberPower, publicEnergy, publicPower, publishedHours } from "../groups/sums.ts";
import type { AppContext } from "../ports.ts";
import type { TimeRange } from "../request/parameters.ts";
import type { Services } from "../services.ts";
import type { BucketRequest } from "./series.ts";

/** What a caller gets of a group: sums of these members, or only what is published. */
export type GroupView = { kind: "members"; meters: readonly string[] } | { kind: "published" };

/** What is asked of a group. */
export interface GroupRequest {
  group: GroupRecord;
  view: GroupView;
  request: BucketRequest;
  format: Format;
}

type GroupEnergy = Pick<GroupEnergySeries, "total" | "buckets">;

/** Energy of a group per bucket, and in all. */
export const groupEnergy = (c: AppContext, services: Services, asked: GroupRequest): Promise<GroupEnergy> =>
  asked.view.kind === "published"
    ? publishedEnergy(c, services, asked)
    : membersEnergy(c, services, asked.request, asked.view.meters);

/** Mean power of a group per bucket. */
export const groupPower = (
  c: AppContext,
  services: Services,
  asked: GroupRequest,
): Promise<GroupPowerBucket[]> =>
  asked.view.kind === "published"
    ? publishedPower(c, services, asked)
    : membersPower(c, services, asked.request, asked.view.meters);

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
  const { own, whole, quarters, stretches } = await services.query(c, (store) =>
    memberBuckets(store, meters, request),
  );
  const [quarterParts, stretchParts] = [withinBounds(bounds, quarters), withinBounds(bounds, stretches)];
  const options = { members: meters.length, tz, now: services.now() };
  return {
    total: memberEnergy(range, { ...options, own: whole, quarters, stretches }),
    buckets: rangesOf(bounds).map((part, index) =>
      memberEnergy(part, {
        ...options,
        own: own.get(part.from) ?? [],
        quarters: quarterParts[index] ?? [],
        stretches: stretchParts[index] ?? [],
      }),
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

const rangesOf = (bounds: readonly number[]): TimeRange[] =>
  bounds.slice(1).map((to, index) => ({ from: bounds[index]!, to }));

const memberQuery = (meters: readonly string[], { range, resolution, tz }: BucketRequest): SeriesQuery => ({
  meters,
  ...range,
  resolution,
  tz,
  perMeter: true,
});

interface MemberBuckets {
  own: ReadonlyMap<number, Bucket[]>;
  whole: Bucket[];
  quarters: Bucket[];
  stretches: EnergyStretch[];
}

async function memberBuckets(
  store: Store,
  meters: readonly string[],
  request: BucketRequest,
): Promise<MemberBuckets> {
  if (meters.length === 0) return { own: new Map(), whole: [], quarters: [], stretches: [] };
  const query = memberQuery(meters, request);
  const [{ buckets, whole }, quarters] = await Promise.all([
    store.seriesAndWhole(query),
    store.series({ ...query, resolution: "15m", perMeter: false }),
  ]);
  const stretches = await stretchesOf(store, whole, request.range);
  return { own: grouped(buckets, ({ from }) => from), whole, quarters, stretches };
}

/** Each such member is a query of its own. */
const SELDOM_MAX = 20;

/**
 * What is in no quarter hour, of the members that are heard of in fewer than half of them, as who sends once an hour. An outage that all
 * members have is no reason to ask for each of them; nor are more who send seldom than a request has time for: they are compared with
 * nothing then.
 */
async function stretchesOf(
  store: Store,
  members: readonly Bucket[],
  range: TimeRange,
): Promise<EnergyStretch[]> {
  const seenMax = (range.to - range.from) / QUARTER_HOUR_MS / 2;
  const seldom = members.filter(
    ({ importUnallocatedWh, exportUnallocatedWh, quartersSeen }) =>
      importUnallocatedWh + exportUnallocatedWh > 0 && quartersSeen < seenMax,
  );
  if (seldom.length > SELDOM_MAX) return [];
  const found: EnergyStretch[] = [];
  for (const { meter } of seldom)
    if (meter !== undefined) found.push(...hourly((await store.energySteps({ meter, ...range })).stretches));
  return hourly(found);
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

import { DAY_MS, QUARTER_HOUR_MS, toOffsetString } from "@smp/schemas";
import type {
  GroupEnergyBucket,
  GroupEnergySeries,
  GroupPowerBucket,
  GroupPowerSeries,
} from "@smp/schemas/api";
import { refusal } from "../access/authenticate.ts";
import { cacheRange, json } from "../answer/answer.ts";
import { formatOf } from "../export/format.ts";
import { BOUNDS, fields, type Column } from "../export/table.ts";
import { publicMembers, readsAll, type GroupRecord } from "../groups/group.ts";
import { readParameters, type TimeRange } from "../request/parameters.ts";
import { HttpProblem, invalidParameter } from "../answer/problem.ts";
import type { App, AppContext } from "../ports.ts";
import type { Services } from "../services.ts";
import { groupEnergy, groupPower, type GroupRequest, type GroupView } from "./group-buckets.ts";
import { requireGroup } from "./groups.ts";
import { bucketFile, bucketRequest, type BucketRequest } from "./series.ts";

/** Meters times quarter hours that one request may add up: 140 meters' year. */
const QUARTERS_MAX = 5_000_000;
const PARAMETERS = ["from", "to", "resolution", "tz"];

/** Whoever may read all members gets everything; the public gets its open members, or published sums. */
export async function groupView(c: AppContext, services: Services, group: GroupRecord): Promise<GroupView> {
  if (readsAll(c.get("caller"), group)) return { kind: "members", meters: group.meters };
  const { open, aggregate } = publicMembers(group, await services.access.settings());
  return aggregate.length === 0 ? { kind: "members", meters: open } : { kind: "published" };
}

export function addGroupSeries(app: App, services: Services): void {
  app.get("/v1/groups/:id/energy", async (c) => {
    const asked = await groupRequest(c, services);
    const { group, request, format } = asked;
    const { total, buckets } = await groupEnergy(c, services, asked);
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
    const { group, request, format } = asked;
    const buckets = await groupPower(c, services, asked);
    if (format === "json")
      return json(c, { ...headOf(group, request), unit: "W", buckets } satisfies GroupPowerSeries);
    return bucketFile(c, format, { of: group.id, what: "power", columns: POWER_COLUMNS, buckets, request });
  });
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

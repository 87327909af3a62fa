import { setImmediate as nextTurn } from "node:timers/promises";
import { bucketBounds, HOUR_MS, toOffsetString, type Resolution } from "@smp/schemas";
import type { EnergyBucket, EnergySeries, PowerBucket, PowerSeries } from "@smp/schemas/api";
import type { SeriesQuery } from "@smp/store";
import { requireRights, requireZone, toldRange, zoneOf } from "../access/guard.ts";
import { cacheRange, json, jsonText } from "../answer/answer.ts";
import { coverage, energyBuckets, energyJson, slots, type Slot } from "../meters/energy.ts";
import { formatOf, type Format } from "../export/format.ts";
import { tableAnswer } from "../export/file.ts";
import { BOUNDS, fields, type Column } from "../export/table.ts";
import { readParameters, RESOLUTIONS, type Parameters, type TimeRange } from "../request/parameters.ts";
import { HttpProblem } from "../answer/problem.ts";
import type { App, AppContext } from "../ports.ts";
import type { Services } from "../services.ts";

const BUCKETS_MAX = 20_000;
/** Shortest length of each resolution, to know before any work whether a range is too large. */
const LENGTH_MS: Record<Resolution, number> = {
  "15m": HOUR_MS / 4,
  "1h": HOUR_MS,
  day: 23 * HOUR_MS,
  week: 167 * HOUR_MS,
  month: 28 * 24 * HOUR_MS - HOUR_MS,
  year: 365 * 24 * HOUR_MS,
};
const PARAMETERS = ["from", "to", "resolution", "tz"];

/** One meter's series as it was asked for; `range` is widened to whole buckets, `told` the part of it that its caller may have. */
export interface SeriesRequest {
  meter: string;
  tz: string;
  resolution: Resolution;
  bounds: number[];
  range: TimeRange;
  told: TimeRange;
}

/** What a series is asked for, whosever it is. */
export type BucketRequest = Omit<SeriesRequest, "meter" | "told">;

/** Midnight in the zone before, or at, a time. */
export const startOfDay = (ms: number, tz: string): number => bucketBounds(ms, ms + 1, "day", tz)[0] ?? ms;

/** Reads and checks what a meter's series is asked for; at most `bucketsMax` buckets. */
export async function seriesRequest(
  c: AppContext,
  services: Services,
  query: Parameters,
  bucketsMax: number = BUCKETS_MAX,
): Promise<SeriesRequest> {
  const meter = c.req.param("id") ?? "";
  requireRights(c, [meter], query.oneOf("resolution", RESOLUTIONS) ?? "1h");
  const zone = await zoneOf(services, meter);
  const request = bucketRequest(query, { zone, now: services.now(), bucketsMax });
  requireZone(c, meter, request.tz, zone);
  await services.meters.require([meter]);
  return { meter, ...request, told: toldRange(c, meter, request, services.now()) };
}

/** Reads and checks range, resolution and zone; `zone` stands for a missing `tz`. */
export function bucketRequest(
  query: Parameters,
  { zone, now, bucketsMax = BUCKETS_MAX }: { zone: string; now: number; bucketsMax?: number },
): BucketRequest {
  const tz = query.timeZone(zone);
  const asked = query.range(tz, now, (to) => startOfDay(to - 1, tz));
  const resolution = query.oneOf("resolution", RESOLUTIONS) ?? "1h";
  const count = (length: Resolution): number => Math.ceil((asked.to - asked.from) / LENGTH_MS[length]);
  if (count(resolution) > bucketsMax) {
    const coarser = RESOLUTIONS.find((candidate) => count(candidate) <= bucketsMax) ?? "year";
    throw new HttpProblem(
      "range-too-large",
      `${count(resolution)} buckets are more than ${bucketsMax}: ask for resolution "${coarser}" or coarser, or a shorter range.`,
      { errors: [{ parameter: "resolution", detail: `${coarser} fits` }] },
    );
  }
  const bounds = bucketBounds(asked.from, asked.to, resolution, tz);
  return { tz, resolution, bounds, range: { from: bounds[0] ?? asked.from, to: bounds.at(-1) ?? asked.to } };
}

const queryOf = ({ meter, told, resolution, tz }: SeriesRequest): SeriesQuery => ({
  meters: [meter],
  ...told,
  resolution,
  tz,
  perMeter: true,
});

export const head = ({
  meter,
  range,
  tz,
  resolution,
}: SeriesRequest): Pick<EnergySeries, "meter" | "from" | "to" | "tz" | "resolution"> => ({
  meter,
  from: toOffsetString(range.from, tz),
  to: toOffsetString(range.to, tz),
  tz,
  resolution,
});

function powerBucket({ from, to, bucket }: Slot, tz: string, now: number): PowerBucket {
  return {
    start: toOffsetString(from, tz),
    end: toOffsetString(to, tz),
    avg_w: bucket?.powerAvgW ?? null,
    min_w: bucket?.powerMinW ?? null,
    max_w: bucket?.powerMaxW ?? null,
    coverage: coverage(bucket?.quartersSeen ?? 0, { from, to }, now),
    readings: bucket?.readings ?? 0,
  };
}

const ENERGY_COLUMNS: readonly Column<EnergyBucket>[] = [
  ...BOUNDS,
  ...fields<EnergyBucket>("number", "import_kwh", "export_kwh", "coverage"),
  ...fields<EnergyBucket>("number", "import_unallocated_kwh", "export_unallocated_kwh"),
  ...fields<EnergyBucket>("text", "quality"),
  ...fields<EnergyBucket>("number", "readings"),
];
const POWER_COLUMNS: readonly Column<PowerBucket>[] = [
  ...BOUNDS,
  ...fields<PowerBucket>("number", "avg_w", "min_w", "max_w", "coverage", "readings"),
];

interface BucketFile<Row> {
  /** The meter, or the group. */
  of: string;
  what: "energy" | "power" | "cost";
  columns: readonly Column<Row>[];
  buckets: readonly Row[];
  request: BucketRequest;
}

/** Buckets as a file. */
export const bucketFile = <Row extends object>(
  c: AppContext,
  format: Exclude<Format, "json">,
  { of, what, columns, buckets, request }: BucketFile<Row>,
): Response =>
  tableAnswer(c, format, {
    fileName: `${of}_${what}_${request.resolution}_${toOffsetString(request.range.from, request.tz).slice(0, 10)}`,
    columns,
    tz: request.tz,
    object: (bucket) => bucket,
    batches: [buckets],
  });

/** The same texts: V8 keeps one that was put together as its parts, and puts them together each time that it is written. */
const wholeTexts = (texts: readonly string[]): string[] => JSON.parse(JSON.stringify(texts)) as string[];

export function addSeries(app: App, services: Services): void {
  app.get("/v1/meters/:id/energy", async (c) => {
    const query = readParameters(c, [...PARAMETERS, "format"]);
    const format = formatOf(c, query);
    const request = await seriesRequest(c, services, query);
    const { meter, range, tz } = request;
    // Not the sum of the buckets: it knows the energy that passed across their bounds.
    const asked = services.query(c, (store) => store.seriesAndWhole(queryOf(request)));
    // While the store is at work, which it is from the next turn on.
    const written = nextTurn().then(() => ({
      top: head(request),
      times: wholeTexts(request.bounds.map((bound) => toOffsetString(bound, tz))),
    }));
    const [{ buckets: stored, whole }, { top, times }] = await Promise.all([asked, written]);
    const found = slots(request.bounds, stored);
    const buckets = energyBuckets(found, times, services.now());
    cacheRange(c, range, services.now());
    c.header("vary", "Accept");
    if (format !== "json")
      return bucketFile(c, format, { of: meter, what: "energy", columns: ENERGY_COLUMNS, buckets, request });
    const [total] = energyBuckets([{ ...range, bucket: whole[0] }], [top.from, top.to], services.now());
    if (!total) throw new Error("one slot gives one bucket");
    return jsonText(c, energyJson({ ...top, unit: "kWh", total, buckets }));
  });

  app.get("/v1/meters/:id/power", async (c) => {
    const query = readParameters(c, [...PARAMETERS, "format"]);
    const format = formatOf(c, query);
    const request = await seriesRequest(c, services, query);
    const found = slots(request.bounds, await services.query(c, (store) => store.series(queryOf(request))));
    cacheRange(c, request.range, services.now());
    c.header("vary", "Accept");
    const buckets = found.map((slot) => powerBucket(slot, request.tz, services.now()));
    if (format !== "json")
      return bucketFile(c, format, {
        of: request.meter,
        what: "power",
        columns: POWER_COLUMNS,
        buckets,
        request,
      });
    return json(c, { ...head(request), unit: "W", buckets } satisfies PowerSeries);
  });
}

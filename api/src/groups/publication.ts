import { bucketBounds, DAY_MS, toOffsetString } from "@smp/schemas";
import type { Bucket, Store } from "@smp/store";
import type { MeterSettings } from "../access/meter-settings.ts";
import { cellsOf, CELL_MEMBERS_MIN, isLarge } from "./cells.ts";
import { publicMembers, type GroupRecord } from "./group.ts";

export const PUBLICATION_DELAY_MS: number = DAY_MS;
/** No member may be more than this share of a published sum. */
const SHARE_MAX = 0.25;
const METERS_MAX = 1_000;

/** One hour of a group as it was published: null where it would tell too much, or too few reported. */
export interface PublishedHour {
  importWh: number | null;
  exportWh: number | null;
  reporting: number;
}

/** One local day of all public groups. It is written once and never again: late readings, withdrawals and changed groups would show by subtraction. */
export interface PublishedDay {
  from: number;
  to: number;
  groups: Record<string, { members: number; hours: PublishedHour[] }>;
}

/** Sums one local day for the public: what is in the result is all that anybody may know. */
export async function publishDay(
  store: Store,
  { from, to, tz }: { from: number; to: number; tz: string },
  groups: readonly GroupRecord[],
  settings: MeterSettings,
): Promise<PublishedDay> {
  const bounds = bucketBounds(from, to, "1h", tz);
  const counting = groups.filter(
    (group) => group.visibility === "public" && publicMembers(group, settings).aggregate.length > 0,
  );
  // Meters of a cell that is too small count nowhere.
  const cells = cellsOf(counting, settings).filter(isLarge);
  const open = new Set(counting.flatMap((group) => publicMembers(group, settings).open));
  const hourOf = await hoursOf(store, [...cells.flatMap(({ meters }) => meters), ...open], { from, to, tz });
  const cellHours = cells.map(({ groups: ids, meters }) => ({
    ids,
    size: meters.length,
    hours: bounds
      .slice(1)
      .map((_, index) => safeSum(meters.flatMap((meter) => hourOf(meter, bounds[index]!) ?? []))),
  }));
  const result: PublishedDay = { from, to, groups: {} };
  for (const group of counting) {
    const own = cellHours.filter(({ ids }) => ids.includes(group.id));
    const openMembers = publicMembers(group, settings).open;
    result.groups[group.id] = {
      members: own.reduce((sum, { size }) => sum + size, openMembers.length),
      hours: bounds.slice(1).map((_, index) => {
        const openHours = openMembers.flatMap((meter) => hourOf(meter, bounds[index]!) ?? []);
        return own.length === 0
          ? { importWh: null, exportWh: null, reporting: 0 }
          : together([...own.map(({ hours }) => hours[index]!), plainSum(openHours)]);
      }),
    };
  }
  return result;
}

/** Each meter's hours of the day. */
async function hoursOf(
  store: Store,
  meters: readonly string[],
  { from, to, tz }: { from: number; to: number; tz: string },
): Promise<(meter: string, start: number) => Bucket | undefined> {
  const found = new Map<string, Bucket>();
  for (let start = 0; start < meters.length; start += METERS_MAX) {
    const some = meters.slice(start, start + METERS_MAX);
    const buckets = await store.series({ meters: some, from, to, resolution: "1h", tz, perMeter: true });
    for (const bucket of buckets) found.set(`${bucket.meter ?? ""} ${bucket.from}`, bucket);
  }
  return (meter, start) => {
    const bucket = found.get(`${meter} ${start}`);
    return bucket && (bucket.importWh !== null || bucket.exportWh !== null) ? bucket : undefined;
  };
}

const plainSum = (buckets: readonly Bucket[]): PublishedHour => ({
  importWh: buckets.reduce((sum, { importWh }) => sum + (importWh ?? 0), 0),
  exportWh: buckets.reduce((sum, { exportWh }) => sum + (exportWh ?? 0), 0),
  reporting: buckets.length,
});

/** The sum of one cell in one hour, as far as it hides every member. */
function safeSum(buckets: readonly Bucket[]): PublishedHour {
  const { reporting } = plainSum(buckets);
  if (reporting < CELL_MEMBERS_MIN) return { importWh: null, exportWh: null, reporting: 0 };
  return {
    importWh: safeTotal(buckets.flatMap(({ importWh }) => importWh ?? [])),
    exportWh: safeTotal(buckets.flatMap(({ exportWh }) => exportWh ?? [])),
    reporting,
  };
}

/** The sum of one counter. Members without it hide nobody, unless nobody has it: then it is 0, and that of none. */
function safeTotal(parts: readonly number[]): number | null {
  if (parts.length > 0 && parts.length < CELL_MEMBERS_MIN) return null;
  const total = parts.reduce((sum, part) => sum + part, 0);
  return parts.some((part) => part > SHARE_MAX * total) ? null : total;
}

/** One part that is not told makes the whole untold: else it would be the rest of a subtraction. */
const together = (parts: readonly PublishedHour[]): PublishedHour => {
  const add = (of: (part: PublishedHour) => number | null): number | null =>
    parts.reduce<number | null>((sum, part) => {
      const value = of(part);
      return sum === null || value === null ? null : sum + value;
    }, 0);
  return {
    importWh: add(({ importWh }) => importWh),
    exportWh: add(({ exportWh }) => exportWh),
    reporting: parts.reduce((sum, { reporting }) => sum + reporting, 0),
  };
};

/** The documents of a day: by year, so that a range need not read all. */
export const publicationKind = (from: number, tz: string): string =>
  `publication-${toOffsetString(from, tz).slice(0, 4)}`;
export const publicationId = (from: number, tz: string): string => toOffsetString(from, tz).slice(0, 10);

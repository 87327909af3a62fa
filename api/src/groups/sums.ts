/** Sums over a group's members, in the API's form. */
import { bucketBounds, toOffsetString } from "@smp/schemas";
import type { GroupEnergyBucket, GroupPowerBucket } from "@smp/schemas/api";
import type { Bucket, EnergyStretch } from "@smp/store";
import { coverage, kwhOrNull } from "../meters/energy.ts";
import type { TimeRange } from "../request/parameters.ts";
import type { PublishedDay, PublishedHour } from "./publication.ts";
import { sharedOf, sharedWh, sumOf } from "./shared.ts";

interface EnergySums {
  importWh: number | null;
  exportWh: number | null;
  balanceWh: number | null;
  /** What the members could use of their own: per slot the smaller of both sums. */
  sharedWh: number | null;
  coverage: number;
  members: number;
  reporting: number;
  quality: GroupEnergyBucket["quality"];
}

function energyAnswer({ from, to }: TimeRange, sums: EnergySums, tz: string): GroupEnergyBucket {
  return {
    start: toOffsetString(from, tz),
    end: toOffsetString(to, tz),
    import_kwh: kwhOrNull(sums.importWh),
    export_kwh: kwhOrNull(sums.exportWh),
    balance_kwh: kwhOrNull(sums.balanceWh),
    shared_kwh: kwhOrNull(sums.sharedWh),
    coverage: sums.coverage,
    quality: sums.quality,
    members: sums.members,
    reporting: sums.reporting,
  };
}

interface MemberOptions {
  /** One bucket of each member. */
  own: readonly Bucket[];
  /** Sums of the quarter hours in it. */
  quarters: readonly Bucket[];
  /** Of single members, whose energy is in no quarter hour; those that begin in it. */
  stretches: readonly EnergyStretch[];
  members: number;
  tz: string;
  now: number;
}

/** One bucket for whoever may read all members. */
export function memberEnergy(range: TimeRange, options: MemberOptions): GroupEnergyBucket {
  const { own, quarters, members, tz, now } = options;
  // As all energy: only the bucket that holds a whole stretch counts it.
  const stretches = options.stretches.filter(({ from, to }) => from >= range.from && to <= range.to);
  const seen = own.filter(({ readings }) => readings > 0);
  const share = coverage(
    own.reduce((sum, { quartersSeen }) => sum + quartersSeen, 0) / Math.max(1, members),
    range,
    now,
  );
  const importWh = sumOf(own.map((bucket) => bucket.importWh));
  const exportWh = sumOf(own.map((bucket) => bucket.exportWh));
  const unallocated = own.some((bucket) => bucket.importUnallocatedWh > 0 || bucket.exportUnallocatedWh > 0);
  return energyAnswer(
    range,
    {
      importWh,
      exportWh,
      balanceWh: balanceOfWh({ importWh, exportWh }),
      sharedWh: sharedWh(range.from, quarters, stretches),
      coverage: share,
      members,
      reporting: seen.length,
      quality: seen.length === 0 ? "none" : share < 1 || unallocated ? "partial" : "measured",
    },
    tz,
  );
}

const balanceOfWh = ({ importWh, exportWh }: Pick<Bucket, "importWh" | "exportWh">): number | null =>
  importWh === null || exportWh === null ? null : importWh - exportWh;

interface PublicOptions {
  hours: readonly { from: number; members: number; hour: PublishedHour }[];
  tz: string;
  now: number;
}

/** The hours in which import and export are both told: their difference is known in those only. */
const wholeHours = ({ hours }: PublicOptions): PublishedHour[] =>
  hours.flatMap(({ hour }) => (balanceOfWh(hour) === null ? [] : [hour]));

/** One bucket for the public: the sum of its published hours and of nothing else, so that it tells no more than they do. */
export function publicEnergy(range: TimeRange, options: PublicOptions): GroupEnergyBucket {
  const { hours, tz, now } = options;
  const told = hours.filter(({ hour }) => hour.importWh !== null || hour.exportWh !== null);
  const whole = wholeHours(options);
  const share = coverage(whole.length * 4, range, now);
  return energyAnswer(
    range,
    {
      importWh: sumOf(hours.map(({ hour }) => hour.importWh)),
      exportWh: sumOf(hours.map(({ hour }) => hour.exportWh)),
      balanceWh: sumOf(whole.map(balanceOfWh)),
      sharedWh: sumOf(hours.map(({ hour }) => sharedOf(hour))),
      coverage: share,
      members: Math.max(0, ...hours.map(({ members }) => members)),
      reporting: hours.length === 0 ? 0 : Math.min(...hours.map(({ hour }) => hour.reporting)),
      quality:
        hours.length === 0 ? "none" : told.length === 0 ? "suppressed" : share < 1 ? "partial" : "measured",
    },
    tz,
  );
}

/** A group's published hours, oldest first; `tz` is the zone in which they were published. */
export const publishedHours = (
  days: readonly PublishedDay[],
  group: string,
  tz: string,
): { from: number; members: number; hour: PublishedHour }[] =>
  days.flatMap((day) => {
    const own = day.groups[group];
    if (!own) return [];
    const bounds = bucketBounds(day.from, day.to, "1h", tz);
    return own.hours.flatMap((hour, index) => {
      const from = bounds[index];
      return from === undefined ? [] : [{ from, members: own.members, hour }];
    });
  });

export function memberPower(
  range: TimeRange,
  options: { own: readonly Bucket[]; members: number; tz: string; now: number },
): GroupPowerBucket {
  const { own, members, tz, now } = options;
  const seen = own.filter(({ powerAvgW }) => powerAvgW !== null);
  return {
    start: toOffsetString(range.from, tz),
    end: toOffsetString(range.to, tz),
    avg_w: sumOf(own.map(({ powerAvgW }) => powerAvgW)),
    coverage: coverage(
      own.reduce((sum, { quartersSeen }) => sum + quartersSeen, 0) / Math.max(1, members),
      range,
      now,
    ),
    members,
    reporting: seen.length,
  };
}

/** The mean power that published energy means: nothing else is told of a public group's power. */
export function publicPower(range: TimeRange, options: PublicOptions): GroupPowerBucket {
  const energy = publicEnergy(range, options);
  const whole = wholeHours(options);
  const balanceWh = sumOf(whole.map(balanceOfWh));
  return {
    start: energy.start,
    end: energy.end,
    avg_w: balanceWh === null ? null : Math.round(balanceWh / whole.length),
    coverage: energy.coverage,
    members: energy.members,
    reporting: energy.reporting,
  };
}

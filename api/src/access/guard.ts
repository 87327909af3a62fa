import { METER_ID } from "@smp/schemas";
import { unknownMeter } from "../meters/directory.ts";
import type { TimeRange } from "../request/parameters.ts";
import { HttpProblem, quoted } from "../answer/problem.ts";
import type { AppContext } from "../ports.ts";
import type { Services } from "../services.ts";
import { covers, type Fineness } from "./caller.ts";

/**
 * Lets the request on when its caller may see the meters and, where `fineness` says how fine the answer is, read them so.
 * Rights come before all else: a meter that is forbidden is refused like an unknown one, before anything is looked up.
 */
export function requireRights(c: AppContext, meters: readonly string[], fineness?: Fineness): void {
  const caller = c.get("caller");
  const hidden = meters.find((meter) => !METER_ID.test(meter) || !caller.canSee(meter));
  if (hidden !== undefined) throw unknownMeter(hidden);
  const tooFine = meters.find((meter) => fineness !== undefined && !caller.canRead(meter, fineness));
  if (tooFine !== undefined)
    throw new HttpProblem(
      "forbidden",
      caller.may("read")
        ? `The token ${quoted(caller.name)} reads ${quoted(tooFine)} at ${quoted(caller.finest)} and coarser; this is ${quoted(fineness ?? "")}.`
        : `The token ${quoted(caller.name)} may not read.`,
    );
}

/** The same, and the meters must exist. */
export async function requireMeters(
  c: AppContext,
  services: Services,
  meters: readonly string[],
  fineness?: Fineness,
): Promise<void> {
  requireRights(c, meters, fineness);
  await services.meters.require(meters);
}

/** The zone of a meter: without the parameter `tz` it stands for it. */
export async function zoneOf(services: Services, meter: string): Promise<string> {
  const settings = await services.access.settings();
  return settings.of(meter).timeZone ?? services.config.timeZone;
}

/**
 * Whether a change shows what a token may not read: a zone moves the buckets' bounds, a swap takes single readings' energy away, and
 * an open meter tells everything. Refuses such a change to a token that reads less finely.
 */
export function requireFineness(c: AppContext, meter: string, fineness: Fineness, what: string): void {
  const caller = c.get("caller");
  if (covers(caller.finest, fineness) || caller.canRead(meter, fineness)) return;
  throw new HttpProblem(
    "forbidden",
    `The token ${quoted(caller.name)} reads ${quoted(meter)} at ${quoted(caller.finest)} and coarser: ${what} would let it read more.`,
  );
}

/**
 * The part of a range that may be told: all of it to whoever may have single readings; else the buckets that are over. Asked again and
 * again, the one that is running would tell each minute.
 */
export function toldRange(
  c: AppContext,
  meter: string,
  { bounds, range }: { bounds: readonly number[]; range: TimeRange },
  now: number,
): TimeRange {
  if (c.get("caller").canRead(meter, "raw")) return range;
  return { from: range.from, to: bounds.findLast((bound) => bound <= now) ?? range.from };
}

/**
 * Buckets of two zones overlap: the difference of two days an hour apart is an hour. Whoever may not read quarter hours
 * gets the buckets of one zone only.
 */
export function requireZone(c: AppContext, meter: string, tz: string, own: string): void {
  if (tz === own || c.get("caller").canRead(meter, "15m")) return;
  throw new HttpProblem(
    "forbidden",
    `A token that may not read quarter hours gets buckets of the zone ${own} only; leave "tz" out.`,
  );
}

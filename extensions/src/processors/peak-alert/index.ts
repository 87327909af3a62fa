import { bucketBounds, DAY_MS, QUARTER_HOUR_MS, toOffsetString } from "@smp/schemas";
import type { Bucket } from "@smp/store";
import type { EmittedEvent, Processor, ProcessorContext } from "../../contract/processor.ts";
import { QuarterWatch, spans } from "../quarter-watch.ts";

const QUARTERS_PER_HOUR = 4;
const DEFAULTS = { "peak-w": 5_000, "standby-w": 200 } as const;
/** Standby is what a home draws while it sleeps, local hours; half of the night's quarter hours must have data. */
const NIGHT = { from: 1, to: 5, quartersMin: 8 } as const;

const watch = new QuarterWatch();

const processor: Processor = {
  async process({ readings }, context) {
    const events: EmittedEvent[] = [];
    for (const [meter, quarters] of watch.take(readings))
      for (const span of spans(quarters, DAY_MS)) events.push(...(await check(meter, span, context)));
    // The host takes, and keeps, at most a thousand: the newest ones.
    return { events: events.sort((a, b) => a.t - b.t).slice(-1_000) };
  },
};
export default processor;

const limitOf = ({ settings }: ProcessorContext, name: keyof typeof DEFAULTS): number => {
  const limit = Number(settings[name] ?? DEFAULTS[name]);
  if (!Number.isFinite(limit) || limit <= 0)
    throw new Error(`The setting ${name} must be a number of W above 0.`);
  return limit;
};

async function check(
  meter: string,
  quarters: readonly number[],
  context: ProcessorContext,
): Promise<EmittedEvent[]> {
  const [first = 0, last = 0] = [quarters[0], quarters.at(-1)];
  const events: EmittedEvent[] = [];
  const limit = limitOf(context, "peak-w");
  for (const bucket of await energy(meter, first, last + QUARTER_HOUR_MS, context)) {
    const watts = powerOf(bucket);
    if (quarters.includes(bucket.from) && watts !== undefined && watts > limit)
      events.push(peak(meter, bucket.from, watts, limit));
  }
  for (const night of nights(quarters, watch.newest(meter), context.timeZone))
    events.push(...(await standby(meter, night, context)));
  return events;
}

const energy = (meter: string, from: number, to: number, { store }: ProcessorContext): Promise<Bucket[]> =>
  store.series({ meters: [meter], from, to, resolution: "15m", tz: "UTC", perMeter: true });

/** Mean power drawn in a quarter hour: from the counter, else from the power readings. */
function powerOf({ importWh, powerAvgW }: Bucket): number | undefined {
  if (importWh !== null) return importWh * QUARTERS_PER_HOUR;
  return powerAvgW === null ? undefined : Math.max(0, Math.round(powerAvgW));
}

const kilowatts = (watts: number): string => `${(watts / 1_000).toFixed(watts < 10_000 ? 2 : 1)} kW`;

const peak = (meter: string, t: number, watts: number, limit: number): EmittedEvent => ({
  id: `peak:${meter}:${t}`,
  type: "peak",
  meter,
  t,
  title: `${meter} drew ${kilowatts(watts)} in a quarter hour; the limit is ${kilowatts(limit)}.`,
  data: { power_w: watts, limit_w: limit },
});

/** The nights that are over and of which one of the quarter hours is a part. */
function nights(quarters: readonly number[], over: number, timeZone: string): { from: number; to: number }[] {
  const [first = 0, last = 0] = [quarters[0], quarters.at(-1)];
  return bucketBounds(first, last + QUARTER_HOUR_MS, "day", timeZone)
    .slice(0, -1)
    .map((midnight) => {
      const hours = bucketBounds(midnight, midnight + DAY_MS / 2, "1h", timeZone);
      const at = (hour: number): number =>
        hours.find((ms) => Number(toOffsetString(ms, timeZone).slice(11, 13)) >= hour) ?? midnight;
      return { from: at(NIGHT.from), to: at(NIGHT.to) };
    })
    .filter(({ from, to }) => to <= over && quarters.some((quarter) => quarter >= from && quarter < to));
}

async function standby(
  meter: string,
  { from, to }: { from: number; to: number },
  context: ProcessorContext,
): Promise<EmittedEvent[]> {
  const watts = (await energy(meter, from, to, context)).flatMap((bucket) => powerOf(bucket) ?? []);
  const limit = limitOf(context, "standby-w");
  if (watts.length < NIGHT.quartersMin) return [];
  const least = Math.min(...watts);
  if (least <= limit) return [];
  const date = toOffsetString(from, context.timeZone).slice(0, 10);
  return [
    {
      id: `standby:${meter}:${date}`,
      type: "standby",
      meter,
      t: to,
      title: `${meter} never drew less than ${kilowatts(least)} in the night to ${date}; the limit is ${kilowatts(limit)}.`,
      data: { power_w: least, limit_w: limit, quarters: watts.length },
    },
  ];
}

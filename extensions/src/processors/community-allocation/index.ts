import { DAY_MS, QUARTER_HOUR_MS } from "@smp/schemas";
import type { Bucket } from "@smp/store";
import type { DerivedReading, Processor, ProcessorContext } from "../../contract/processor.ts";
import { QuarterWatch, spans } from "../quarter-watch.ts";
import { allocate, type Community, type Flow } from "./allocate.ts";
import { readCommunities, virtualMeter } from "./communities.ts";

const WH = "Wh";
/** The host takes no more of one call; of fewer readings it takes all. */
const DERIVED_MAX = 10_000;

const watch = new QuarterWatch();
let read: { text: string; communities: Community[] } | undefined;

const processor: Processor = {
  async process({ readings }, context) {
    const text = context.settings["communities"] ?? "";
    if (read?.text !== text) read = { text, communities: readCommunities(text) };
    const touched = watch.take(readings);
    const derived: DerivedReading[] = [];
    for (const community of read.communities) {
      const quarters = community.members.flatMap(({ meter }) => touched.get(meter) ?? []);
      for (const span of spans(quarters, DAY_MS)) {
        for (const one of await compute(community, span, context)) derived.push(one);
        if (derived.length > DERIVED_MAX)
          throw new Error("The batch touches too many quarter hours at once.");
      }
    }
    return { readings: derived };
  },
};
export default processor;

/** Computes quarter hours of a day anew from the store: whatever came late counts, and overwrites what was there. */
async function compute(
  community: Community,
  quarters: readonly number[],
  { store }: ProcessorContext,
): Promise<DerivedReading[]> {
  const meters = community.members.map(({ meter }) => meter);
  const [from = 0, to = 0] = [quarters[0], quarters.at(-1)];
  const buckets = await store.series({
    meters,
    from,
    to: to + QUARTER_HOUR_MS,
    resolution: "15m",
    tz: "UTC",
    perMeter: true,
  });
  return quarters.flatMap((t) =>
    derive(
      community,
      t,
      buckets.filter((bucket) => bucket.from === t),
    ),
  );
}

function derive(community: Community, t: number, buckets: readonly Bucket[]): DerivedReading[] {
  const flows = buckets.flatMap(({ meter, importWh, exportWh }): Flow[] =>
    meter === undefined || (importWh === null && exportWh === null)
      ? []
      : [{ meter, importWh: importWh ?? 0, exportWh: exportWh ?? 0 }],
  );
  if (flows.length === 0) return [];
  const result = allocate(community, flows);
  const { id } = community;
  const members = result.consumers.map((consumer, index) => {
    const producer = result.producers[index];
    return reading(virtualMeter(id, consumer.meter), t, {
      "x-consumption_wh": consumer.consumptionWh,
      "x-entitled_wh": consumer.entitledWh,
      "x-allotted_wh": consumer.allottedWh,
      "x-generation_wh": producer?.generationWh ?? 0,
      "x-shared_wh": producer?.sharedWh ?? 0,
      "x-surplus_wh": producer?.surplusWh ?? 0,
    });
  });
  const whole = reading(id, t, {
    "x-generation_wh": result.generationWh,
    "x-allotted_wh": result.allottedWh,
    "x-surplus_wh": result.surplusWh,
    "x-members_missing": community.members.length - flows.length,
  });
  return [...members, whole];
}

const reading = (m: string, t: number, r: Record<string, number>): DerivedReading => ({
  m,
  t,
  r,
  u: Object.fromEntries(
    Object.keys(r)
      .filter((code) => code.endsWith("_wh"))
      .map((code) => [code, WH]),
  ),
});

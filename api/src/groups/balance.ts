import { MINUTE_MS, toOffsetString } from "@smp/schemas";
import type { GroupBalance } from "@smp/schemas/api";
import type { LatestReading } from "@smp/store";
import { ageS, powerNow } from "../meters/latest.ts";

/** A member whose newest power is older is silent: it is not in the balance of now. */
const SILENT_MS = 5 * MINUTE_MS;

/** What flows in a group now, by its members' newest readings. */
export function balanceOf(
  latest: readonly LatestReading[],
  { group, members, tz, now }: { group: string; members: number; tz: string; now: number },
): GroupBalance {
  const powers = latest.flatMap((reading) => {
    const power = now - reading.t <= SILENT_MS ? powerNow(reading) : null;
    return power === null ? [] : [{ t: reading.t, power }];
  });
  const t = powers.length === 0 ? null : Math.max(...powers.map((one) => one.t));
  const consumptionW = powers.reduce((sum, { power }) => sum + Math.max(power, 0), 0);
  const productionW = powers.reduce((sum, { power }) => sum + Math.max(-power, 0), 0);
  return {
    group,
    t,
    time: t === null ? null : toOffsetString(t, tz),
    age_s: t === null ? null : ageS(t, now),
    tz,
    consumption_w: rounded(consumptionW),
    production_w: rounded(productionW),
    net_w: rounded(consumptionW - productionW),
    members,
    reporting: powers.length,
  };
}

const rounded = (watts: number): number => Math.round(watts * 10) / 10;

import { DAY_MS, toOffsetString } from "@smp/schemas";
import type { GapList } from "@smp/schemas/api";
import { requireRights, zoneOf } from "../access/guard.ts";
import { cacheRange, json } from "../answer/answer.ts";
import { kwhOrNull } from "../meters/energy.ts";
import { withLost } from "../meters/lost.ts";
import { readParameters, requireLength } from "../request/parameters.ts";
import type { App } from "../ports.ts";
import type { Services } from "../services.ts";
import { startOfDay } from "./series.ts";

const GAPS_RANGE_MS_MAX = 11 * 366 * DAY_MS;

export function addGaps(app: App, services: Services): void {
  app.get("/v1/meters/:id/gaps", async (c) => {
    const query = readParameters(c, ["from", "to", "tz"]);
    const meter = c.req.param("id");
    requireRights(c, [meter], "raw");
    const tz = query.timeZone(await zoneOf(services, meter));
    const range = query.range(tz, services.now(), (to) => startOfDay(to - 1, tz));
    requireLength(range, GAPS_RANGE_MS_MAX, "ask for at most eleven years");
    await services.meters.require([meter]);
    const gaps = await services.query(c, async (store) =>
      withLost(store, meter, await store.gaps({ meter, ...range })),
    );
    cacheRange(c, range, services.now());
    return json(c, {
      meter,
      from: toOffsetString(range.from, tz),
      to: toOffsetString(range.to, tz),
      tz,
      unit: "kWh",
      gaps: gaps.map((gap) => ({
        start: toOffsetString(gap.from, tz),
        end: toOffsetString(gap.to, tz),
        reason: gap.reason,
        import_unallocated_kwh: kwhOrNull(gap.importWh),
        export_unallocated_kwh: kwhOrNull(gap.exportWh),
      })),
    } satisfies GapList);
  });
}

import { toOffsetString, type NormalisedReading } from "@smp/schemas";
import type { ReadingPage } from "@smp/schemas/api";
import { requireRights, zoneOf } from "../access/guard.ts";
import { cacheRange, json } from "../answer.ts";
import { rawReading } from "../latest.ts";
import { readParameters, requireLength, type TimeRange } from "../parameters.ts";
import { invalidParameter } from "../problem.ts";
import type { App, Services } from "../services.ts";

const HOUR_MS = 3_600_000;
/** The longest local day. */
const READINGS_RANGE_MS_MAX = 25 * HOUR_MS;

/** A page's beginning as text that nobody is tempted to build by hand. */
const cursorOf = (t: number): string => Buffer.from(String(t)).toString("base64url");

function cursorTime(cursor: string | undefined, range: TimeRange): number {
  if (cursor === undefined) return range.from;
  const t = Number(Buffer.from(cursor, "base64url").toString("latin1"));
  if (!Number.isInteger(t) || t < range.from || t >= range.to)
    throw invalidParameter(
      "cursor",
      "does not belong to this range: take it from the page before and keep from and to",
    );
  return t;
}

export function addReadings(app: App, services: Services): void {
  app.get("/v1/meters/:id/readings", async (c) => {
    const query = readParameters(c, ["from", "to", "limit", "cursor", "tz"]);
    const meter = c.req.param("id");
    requireRights(c, [meter], "raw");
    const tz = query.timeZone(await zoneOf(services, meter));
    const range = query.range(tz, services.now(), (to) => to - HOUR_MS);
    requireLength(range, READINGS_RANGE_MS_MAX, "ask day by day, or ask for energy or power");
    const limit = query.integer("limit", { min: 1, max: 10_000, fallback: 1000 });
    const cursor = query.text("cursor", {
      pattern: /^[A-Za-z0-9_-]{1,64}$/,
      form: "the next of the page before",
    });
    const from = cursorTime(cursor, range);
    await services.meters.require([meter]);
    const found = await services.query(c, async (store) => {
      const all: NormalisedReading[] = [];
      for await (const batch of store.raw({ meter, from, to: range.to, limit: limit + 1 }))
        all.push(...batch);
      return all;
    });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const next = found.length > limit && last ? cursorOf(last.t + 1) : null;
    cacheRange(c, range, services.now());
    if (next !== null) {
      const rest = new URLSearchParams({
        from: String(range.from),
        to: String(range.to),
        limit: String(limit),
        tz,
        cursor: next,
      });
      c.header("link", `</v1/meters/${meter}/readings?${rest.toString()}>; rel="next"`);
    }
    const readings = page.map((reading) => rawReading(reading, tz));
    return json(c, {
      meter,
      from: toOffsetString(range.from, tz),
      to: toOffsetString(range.to, tz),
      tz,
      next,
      readings,
    } satisfies ReadingPage);
  });
}

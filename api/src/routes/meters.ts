import { toOffsetString } from "@smp/schemas";
import type { Meter } from "@smp/schemas/api";
import type { MeterSummary } from "@smp/store";
import { json } from "../answer.ts";
import { ageS, latestAnswer } from "../latest.ts";
import { unknownMeter } from "../meter-directory.ts";
import { readParameters } from "../parameters.ts";
import type { App, Services } from "../services.ts";

export function addMeters(app: App, services: Services): void {
  const { config, now } = services;
  const answer = ({ meter, device, firstMs, lastMs }: MeterSummary, tz: string): Meter => ({
    id: meter,
    device,
    first: toOffsetString(firstMs, tz),
    last: toOffsetString(lastMs, tz),
    age_s: ageS(lastMs, now()),
  });

  app.get("/v1/meters", async (c) => {
    const tz = readParameters(c, ["tz"]).timeZone(config.timeZone);
    const meters = await services.query(c, (store) => store.meters());
    c.header("cache-control", "no-cache");
    return json(c, { tz, meters: meters.map((meter) => answer(meter, tz)) });
  });

  app.get("/v1/meters/:id", async (c) => {
    const tz = readParameters(c, ["tz"]).timeZone(config.timeZone);
    const id = c.req.param("id");
    await services.meters.require([id]);
    const found = (await services.query(c, (store) => store.meters())).find(({ meter }) => meter === id);
    if (!found) throw unknownMeter(id);
    c.header("cache-control", "no-cache");
    return json(c, answer(found, tz));
  });

  app.get("/v1/meters/:id/latest", async (c) => {
    const tz = readParameters(c, ["tz"]).timeZone(config.timeZone);
    const id = c.req.param("id");
    await services.meters.require([id]);
    const [latest] = await services.query(c, (store) => store.latest([id]));
    if (!latest) throw unknownMeter(id);
    c.header("cache-control", "no-cache");
    return json(c, latestAnswer(latest, tz, now()));
  });
}

import { toOffsetString } from "@smp/schemas";
import type { Meter } from "@smp/schemas/api";
import type { MeterSummary } from "@smp/store";
import { requireMeters, zoneOf } from "../access/guard.ts";
import type { MeterRecord } from "../access/meter-settings.ts";
import { json } from "../answer/answer.ts";
import { ageS, latestAnswer } from "../meters/latest.ts";
import { unknownMeter } from "../meters/directory.ts";
import { readParameters } from "../request/parameters.ts";
import type { App, AppContext } from "../ports.ts";
import type { Services } from "../services.ts";

export function addMeters(app: App, services: Services): void {
  const { access, config, now } = services;

  app.get("/v1/meters", async (c) => {
    const tz = readParameters(c, ["tz"]).timeZone(config.timeZone);
    const settings = await access.settings();
    const meters = await services.query(c, (store) => store.meters());
    const seen = meters.filter(({ meter }) => c.get("caller").canSee(meter));
    c.header("cache-control", "private, no-cache");
    return json(c, {
      tz,
      meters: seen.map((meter) => meterAnswer(services, meter, settings.of(meter.meter), tz)),
    });
  });

  app.get("/v1/meters/:id", async (c) => {
    const query = readParameters(c, ["tz"]);
    const id = c.req.param("id");
    await requireMeters(c, services, [id]);
    return answerMeter(c, services, id, { tz: query.timeZone(await zoneOf(services, id)) });
  });

  app.get("/v1/meters/:id/latest", async (c) => {
    const query = readParameters(c, ["tz"]);
    const id = c.req.param("id");
    await requireMeters(c, services, [id], "raw");
    const tz = query.timeZone(await zoneOf(services, id));
    const [latest] = await services.query(c, (store) => store.latest([id]));
    if (!latest) throw unknownMeter(id);
    c.header("cache-control", "private, no-cache");
    return json(c, latestAnswer(latest, tz, now()));
  });
}

/** Answers with one meter as it is now. */
export async function answerMeter(
  c: AppContext,
  services: Services,
  id: string,
  options: { tz: string; status?: 200 | 201 },
): Promise<Response> {
  const settings = await services.access.settings();
  const found = (await services.query(c, (store) => store.meters())).find(({ meter }) => meter === id);
  if (!found) throw unknownMeter(id);
  c.header("cache-control", "private, no-cache");
  return json(c, meterAnswer(services, found, settings.of(id), options.tz), options.status);
}

function meterAnswer(
  { config, now, ports }: Services,
  { meter, device, firstMs, lastMs }: MeterSummary,
  record: MeterRecord,
  tz: string,
): Meter {
  const expires = ports.certificateExpires?.(device) ?? null;
  return {
    id: meter,
    device,
    name: record.name ?? meter,
    time_zone: record.timeZone ?? config.timeZone,
    visibility: record.visibility ?? "private",
    connection_limit_w: record.connectionLimitW ?? null,
    swaps: (record.swaps ?? []).map(({ at }) => ({ at: toOffsetString(at, tz) })),
    certificate_expires: expires === null ? null : toOffsetString(expires, tz),
    simulated: record.simulated ?? false,
    first: toOffsetString(firstMs, tz),
    last: toOffsetString(lastMs, tz),
    age_s: ageS(lastMs, now()),
  };
}

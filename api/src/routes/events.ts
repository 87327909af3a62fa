import { METER_ID, toOffsetString } from "@smp/schemas";
import type { EventList, PlatformEvent } from "@smp/schemas/api";
import type { RegistryDocument } from "@smp/store";
import { requireRights } from "../access/guard.ts";
import { json } from "../answer/answer.ts";
import { readParameters } from "../request/parameters.ts";
import type { App } from "../ports.ts";
import type { Services } from "../services.ts";

/** What processors noticed. Their host checked each event before it became a document. */
type StoredEvent = Omit<PlatformEvent, "time"> & { t: number };

export function addEvents(app: App, services: Services): void {
  app.get("/v1/events", async (c) => {
    const query = readParameters(c, ["meter", "limit", "tz"]);
    const tz = query.timeZone(services.config.timeZone);
    const meter = query.text("meter", { pattern: METER_ID, form: "a meter's id" });
    const limit = query.integer("limit", { min: 1, max: 500, fallback: 50 });
    if (meter !== undefined) requireRights(c, [meter]);
    const caller = c.get("caller");
    const documents = await services.query(c, (store) => store.documents("event"));
    const events = documents
      .map(({ value }: RegistryDocument) => value as StoredEvent)
      .filter((event) => (meter === undefined || event.meter === meter) && caller.canRead(event.meter, "15m"))
      .sort((a, b) => b.t - a.t)
      .slice(0, limit)
      .map(({ extension, id, type, meter: about, t, title, data }) => ({
        extension,
        id,
        type,
        meter: about,
        time: toOffsetString(t, tz),
        title,
        ...(data && { data }),
      }));
    c.header("cache-control", "no-cache");
    return json(c, { tz, events } satisfies EventList);
  });
}

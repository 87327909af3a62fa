import { DEVICE_ID, toOffsetString } from "@smp/schemas";
import type { RejectedList } from "@smp/schemas/api";
import { requireScope } from "../access/authenticate.ts";
import { json } from "../answer/answer.ts";
import { readParameters } from "../request/parameters.ts";
import type { App } from "../ports.ts";
import type { Services } from "../services.ts";

export function addRejected(app: App, services: Services): void {
  app.get("/v1/rejected", async (c) => {
    const query = readParameters(c, ["device", "limit", "tz"]);
    requireScope(c, "admin");
    const tz = query.timeZone(services.config.timeZone);
    const device = query.text("device", { pattern: DEVICE_ID, form: "a device's name" });
    const limit = query.integer("limit", { min: 1, max: 500, fallback: 50 });
    const found = await services.query(c, (store) =>
      store.rejected({ limit, ...(device === undefined ? {} : { device }) }),
    );
    c.header("cache-control", "no-cache");
    const messages = found.map(({ received, ...message }) => ({
      ...message,
      received: toOffsetString(received, tz),
    }));
    return json(c, { tz, messages } satisfies RejectedList);
  });
}

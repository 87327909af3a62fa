import type { LatestReading } from "@smp/store";
import { json } from "../answer/answer.ts";
import { readsAll } from "../groups/group.ts";
import { balanceOf } from "../groups/balance.ts";
import { readParameters } from "../request/parameters.ts";
import { HttpProblem, quoted } from "../answer/problem.ts";
import type { Seats } from "../limits/seats.ts";
import type { App, AppContext } from "../ports.ts";
import type { Services } from "../services.ts";
import { openStream } from "../live/stream.ts";
import { groupView } from "./group-series.ts";
import { requireGroup } from "./groups.ts";

/** A balance is sent at most this often, however many members speak. */
const BALANCE_MS = 1_000;

/** What flows in a group now: for whoever may read all members, and of groups whose public members are all open. */
export function addGroupLive(app: App, services: Services, seats: Seats): void {
  const { now } = services;
  app.get("/v1/groups/:id/latest", async (c) => {
    const { group, meters, tz } = await liveGroup(c, services);
    const latest = await services.query(c, async (store) =>
      meters.length === 0 ? [] : store.latest(meters),
    );
    c.header("cache-control", "private, no-cache");
    return json(c, balanceOf(latest, { group: group.id, members: meters.length, tz, now: now() }));
  });

  app.get("/v1/groups/:id/live", async (c) => {
    const { group, meters, tz } = await liveGroup(c, services);
    return openStream(c, services, seats, async () => ({
      tz,
      isAllowed: (caller) => readsAll(caller, group) || meters.every((meter) => caller.canRead(meter, "raw")),
      start(write) {
        const newest = new Map<string, LatestReading>();
        let timer: NodeJS.Timeout | undefined;
        const tell = (): void => {
          timer = undefined;
          const options = { group: group.id, members: meters.length, tz, now: now() };
          const answer = balanceOf([...newest.values()], options);
          write({ event: "balance", id: String(answer.t ?? now()), data: JSON.stringify(answer) });
        };
        const stop = services.live.listen(meters, (reading) => {
          newest.set(reading.meter, reading);
          timer ??= setTimeout(tell, Math.min(BALANCE_MS, services.config.limits.livePollMs));
        });
        return () => {
          clearTimeout(timer);
          stop();
        };
      },
    }));
  });
}

async function liveGroup(c: AppContext, services: Services) {
  const query = readParameters(c, ["tz"]);
  const group = await requireGroup(c, services);
  const view = await groupView(c, services, group);
  if (view.kind === "published")
    throw new HttpProblem(
      "not-found",
      `Of the group ${quoted(group.id)} only whole hours are published, 24 hours later: see its energy.`,
    );
  return { group, meters: view.meters, tz: query.timeZone(services.config.timeZone) };
}

import { DAY_MS, deviceOf, FUTURE_MS_MAX, toOffsetString } from "@smp/schemas";
import type { MeterDeletion } from "@smp/schemas/api";
import type { Store } from "@smp/store";
import { requireScope } from "../access/authenticate.ts";
import { requireMeters } from "../access/guard.ts";
import { TOKEN_KIND, tokenDocument } from "../access/token.ts";
import { json } from "../answer/answer.ts";
import { GROUP_KIND } from "../groups/group.ts";
import { readParameters } from "../request/parameters.ts";
import { deleteTariff, putTariff, tariffsOf } from "../cost/tariffs.ts";
import type { App } from "../ports.ts";
import type { Services } from "../services.ts";

/** A meter with years of readings is not deleted as quickly as a question is answered. */
const PATIENCE = 12;

/** A person's right: a meter goes, everywhere, and the answer says when the last copy does. */
export function addDeletion(app: App, services: Services): void {
  const { config, now } = services;
  app.delete("/v1/meters/:id", async (c) => {
    readParameters(c, []);
    requireScope(c, "admin");
    const id = c.req.param("id");
    await requireMeters(c, services, [id]);
    await endSimulated(services, id);
    const deletedAt = now();
    const beyond = deletedAt + FUTURE_MS_MAX;
    const received = await services.run(async (store) => {
      const last = Math.max(
        await lastArrival(store, id, { from: deletedAt, to: beyond }),
        await lastDeletion(store, id),
      );
      await store.deleteMeter(id, { before: last + 1, beyond });
      return last;
    }, PATIENCE);
    const live = await forgetLive(services, id, received);
    await leaveDocuments(services, id);
    await leaveTariffs(services, id);
    await forgetEvents(services, id);
    services.meters.forget();
    const time = (days: number | undefined): string | null =>
      days === undefined ? null : toOffsetString(deletedAt + days * DAY_MS, config.timeZone);
    c.header("cache-control", "no-store");
    const answer: MeterDeletion = {
      id,
      deleted_at: toOffsetString(deletedAt, config.timeZone),
      store: "done",
      live,
      log_until: time(config.logRetentionDays),
      backups_until: time(config.backupRetentionDays),
    };
    return json(c, answer, 202);
  });
}

/** The simulated meter would be back with its next reading: it ends before it is deleted, and stays away at later starts. */
async function endSimulated({ access, ports }: Services, meter: string): Promise<void> {
  const device = deviceOf(meter);
  if (!(await access.settings()).of(device).simulated) return;
  await access.changeMeter(device, (before) => ({ ...before, ended: true }));
  await ports.endSimulated?.();
}

/**
 * Where the clock was set back, readings arrived later than now, by as much at most as they may be ahead. Later ones a clock
 * gave that was wrong by more: they go, but nothing that comes is measured by them.
 */
async function lastArrival(
  store: Pick<Store, "raw">,
  meter: string,
  { from, to }: { from: number; to: number },
): Promise<number> {
  let last = from;
  const query = { meter, from: 0, to: Number.MAX_SAFE_INTEGER, receivedFrom: from };
  for await (const page of store.raw(query))
    for (const { received } of page) {
      if (received > to) return last;
      last = received;
    }
  return last;
}

/** What came after a deletion by a clock that was ahead counts as received at that deletion's time, and goes with this one. */
const lastDeletion = async (store: Pick<Store, "deleted">, id: string): Promise<number> =>
  (await store.deleted()).find(({ meter }) => meter === id)?.before ?? 0;

/** The meter is gone from the store by now: what cannot be told to brokers does not make that undone. */
async function forgetLive(
  { ports }: Services,
  meter: string,
  received: number,
): Promise<MeterDeletion["live"]> {
  try {
    return (await ports.forgetLive?.(meter, received)) ?? "kept";
  } catch (error) {
    ports.logger.warn({ err: error, meter }, "no broker could be told that a meter was deleted");
    return "kept";
  }
}

/** Takes the meter out of contracts; one for it alone goes. */
async function leaveTariffs({ turns, ports: { store }, now }: Services, meter: string): Promise<void> {
  await turns.run("tariffs", async () => {
    for (const tariff of await tariffsOf(store)) {
      if (!tariff.meters?.includes(meter)) continue;
      const meters = tariff.meters.filter((other) => other !== meter);
      if (meters.length === 0) await deleteTariff(store, tariff.id, now());
      else await putTariff(store, { ...tariff, meters }, now());
    }
    await store.settled("documents");
  });
}

/** What processors noticed of the meter tells when its people were at home. */
async function forgetEvents({ ports: { store }, now }: Services, meter: string): Promise<void> {
  for (const { id, value } of await store.documents("event"))
    if ((value as { meter?: string }).meter === meter)
      await store.putDocument({ kind: "event", id, value: null, t: now() });
}

/** Takes the meter out of groups and tokens; a token for it alone is revoked. */
async function leaveDocuments({ access, now }: Services, meter: string): Promise<void> {
  await access.change(async (put) => {
    const without = (meters: readonly string[]): string[] => meters.filter((other) => other !== meter);
    for (const { id, ...group } of await access.groups())
      if (group.meters.includes(meter))
        await put(GROUP_KIND, id, { ...group, meters: without(group.meters), updated: now() });
    for (const token of await access.tokens()) {
      if (!token.meters?.includes(meter)) continue;
      const left = without(token.meters);
      await put(
        TOKEN_KIND,
        token.id,
        left.length === 0 ? null : tokenDocument({ ...token, meters: left }).value,
      );
    }
  });
}

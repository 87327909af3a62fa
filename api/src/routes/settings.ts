import { FUTURE_MS_MAX, isTimeZone, parseInstant } from "@smp/schemas";
import type { MeterSettings as SettingsBody, NewSwap } from "@smp/schemas/api";
import { requireScope } from "../access/authenticate.ts";
import type { Caller } from "../access/caller.ts";
import { requireFineness, requireMeters, zoneOf } from "../access/guard.ts";
import type { MeterRecord } from "../access/meter-settings.ts";
import { invalidBody, readBody } from "../request/body.ts";
import { readParameters } from "../request/parameters.ts";
import { HttpProblem, invalidParameter, quoted } from "../answer/problem.ts";
import type { App, AppContext } from "../ports.ts";
import type { Services } from "../services.ts";
import { answerMeter } from "./meters.ts";

const SWAPS_MAX = 100;

/** What the platform is told about a meter. */
export function addSettings(app: App, services: Services): void {
  const { access } = services;

  app.patch("/v1/meters/:id", async (c) => {
    readParameters(c, []);
    const id = c.req.param("id");
    await requireMeters(c, services, [id]);
    requireWrite(c, id);
    const body = await readBody<SettingsBody>(c, "MeterSettings");
    if (typeof body.time_zone === "string" && !isTimeZone(body.time_zone))
      throw invalidBody("/time_zone", "must be an IANA time zone such as Europe/Vienna");
    if (body.visibility !== undefined && !mayPublish(c.get("caller"), id))
      throw new HttpProblem(
        "forbidden",
        `Only its owner decides who sees ${quoted(id)}: a token that names the meter, or one of the scope "admin".`,
      );
    if (body.visibility !== undefined) requireFineness(c, id, "raw", "another visibility");
    if (body.time_zone !== undefined) requireFineness(c, id, "15m", "another time zone");
    await access.changeMeter(id, (before) => changed(before, body));
    return answerMeter(c, services, id, { tz: await zoneOf(services, id) });
  });

  app.post("/v1/meters/:id/swaps", async (c) => {
    readParameters(c, []);
    const id = c.req.param("id");
    await requireMeters(c, services, [id]);
    requireSwaps(c, id);
    const { at } = await readBody<NewSwap>(c, "NewSwap");
    const tz = await zoneOf(services, id);
    const ms = parseInstant(at, tz);
    if (ms === undefined || ms < 0)
      throw invalidBody(
        "/at",
        `is ${quoted(at)}, but must be RFC 3339 with offset, such as 2026-03-01T10:30:00+01:00`,
      );
    if (ms > services.now() + FUTURE_MS_MAX)
      throw new HttpProblem("refused", "A swap is told after it happened: its time lies ahead.", {
        errors: [{ pointer: "/at", code: "future", detail: "lies ahead" }],
      });
    await access.changeMeter(id, (before) => {
      const others = (before.swaps ?? []).filter((swap) => swap.at !== ms);
      if (others.length >= SWAPS_MAX)
        throw new HttpProblem("refused", `A meter may have been replaced ${SWAPS_MAX} times at most.`);
      return { ...before, swaps: [...others, { at: ms }].sort((a, b) => a.at - b.at) };
    });
    return answerMeter(c, services, id, { tz, status: 201 });
  });

  app.delete("/v1/meters/:id/swaps/:at", async (c) => {
    readParameters(c, []);
    const id = c.req.param("id");
    await requireMeters(c, services, [id]);
    requireSwaps(c, id);
    const text = c.req.param("at");
    const ms = text.length > 40 ? undefined : parseInstant(text, await zoneOf(services, id));
    if (ms === undefined)
      throw invalidParameter("at", `is ${quoted(text)}, but must be a time of the meter's swaps`);
    await access.changeMeter(id, (before) => {
      const others = (before.swaps ?? []).filter((swap) => swap.at !== ms);
      if (others.length === (before.swaps ?? []).length)
        throw new HttpProblem("not-found", `The meter ${quoted(id)} has no swap at ${quoted(text)}.`);
      return { ...before, swaps: others };
    });
    return c.body(null, 204);
  });
}

/** Whether the visibility is this caller's to decide: a token for all meters may be a clerk's. */
const mayPublish = (caller: Caller, meter: string): boolean =>
  caller.may("admin") || (caller.meters?.includes(meter) ?? false);

/** 401 or 403 for a caller that may see the meter, but not change it. */
function requireWrite(c: AppContext, meter: string): void {
  requireScope(c, "write");
  if (!c.get("caller").canWrite(meter))
    throw new HttpProblem(
      "forbidden",
      `The token ${quoted(c.get("caller").name)} does not name the meter ${quoted(meter)}.`,
    );
}

/** No difference is taken across a swap: what is missing then is the energy between two readings. */
function requireSwaps(c: AppContext, meter: string): void {
  requireWrite(c, meter);
  requireFineness(c, meter, "raw", "telling of a swap");
}

/** The settings after a change: what it leaves out stays, null goes back to the default. */
function changed(before: MeterRecord, body: SettingsBody): MeterRecord {
  const { name, timeZone, connectionLimitW, ...rest } = before;
  const pick = <T>(wish: T | null | undefined, old: T | undefined): T | undefined =>
    wish === undefined ? old : (wish ?? undefined);
  const next = {
    name: pick(body.name, name),
    timeZone: pick(body.time_zone, timeZone),
    connectionLimitW: pick(body.connection_limit_w, connectionLimitW),
  };
  return {
    ...rest,
    ...(next.name === undefined ? {} : { name: next.name }),
    ...(next.timeZone === undefined ? {} : { timeZone: next.timeZone }),
    ...(next.connectionLimitW === undefined ? {} : { connectionLimitW: next.connectionLimitW }),
    ...(body.visibility === undefined ? {} : { visibility: body.visibility }),
  };
}

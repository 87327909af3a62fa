import { DAY_MS, isTimeZone, METER_ID, parseInstant, QUARTER_HOUR_MS, toOffsetString } from "@smp/schemas";
import type { Bucket } from "@smp/store";
import type { OutputContext } from "../contract/output.ts";

const DAYS_MAX = 100;
const PARAMETERS = new Set(["from", "to", "tz"]);

/** One meter and a stretch of whole quarter hours, as outputs are asked for them: `/{meter}?from=2026-03-01&to=2026-04-01`. */
export interface Wish {
  meter: string;
  from: number;
  to: number;
  tz: string;
}

/** The answer for a request that is wrong; the same for a meter that is not there and one that is not to be seen. */
export const problem = (status: number, detail: string): Response =>
  new Response(JSON.stringify({ type: "about:blank", title: detail, status, detail }), {
    status,
    headers: { "content-type": "application/problem+json" },
  });

/** Reads the request, or says what is wrong with it. */
export async function wishOf(request: Request, { store, timeZone }: OutputContext): Promise<Wish | Response> {
  const { pathname, searchParams } = new URL(request.url);
  if (request.method !== "GET" && request.method !== "HEAD")
    return problem(405, "Only GET is possible here.");
  // What a meter's id may hold needs no escapes.
  const meter = pathname.slice(1);
  if (!METER_ID.test(meter)) return problem(404, "Ask for a meter: /{meter}?from=2026-03-01&to=2026-04-01.");
  const unknown = [...searchParams.keys()].find((name) => !PARAMETERS.has(name));
  if (unknown !== undefined)
    return problem(400, `The parameter "${unknown.slice(0, 40)}" is unknown; known are from, to and tz.`);
  const tz = searchParams.get("tz") ?? timeZone;
  if (!isTimeZone(tz)) return problem(400, `"tz" must be an IANA time zone such as Europe/Vienna.`);
  const from = parseInstant(searchParams.get("from") ?? toOffsetString(Date.now(), tz).slice(0, 10), tz);
  const to = parseInstant(searchParams.get("to") ?? String(Date.now()), tz);
  if (from === undefined || to === undefined || from >= to || to - from > DAYS_MAX * DAY_MS)
    return problem(400, `"from" must be a time before "to", and at most ${DAYS_MAX} days before it.`);
  if (!(await store.meters()).some((known) => known.meter === meter))
    return problem(404, `There is no meter ${meter}.`);
  return {
    meter,
    from: Math.floor(from / QUARTER_HOUR_MS) * QUARTER_HOUR_MS,
    to: Math.ceil(to / QUARTER_HOUR_MS) * QUARTER_HOUR_MS,
    tz,
  };
}

/** Every quarter hour of the stretch by its start; those without data are `undefined`. */
export async function quartersOf(
  { meter, from, to }: Wish,
  { store }: OutputContext,
): Promise<[number, Bucket | undefined][]> {
  const buckets = await store.series({
    meters: [meter],
    from,
    to,
    resolution: "15m",
    tz: "UTC",
    perMeter: true,
  });
  const byStart = new Map(buckets.map((bucket) => [bucket.from, bucket]));
  const count = (to - from) / QUARTER_HOUR_MS;
  return Array.from({ length: count }, (_, index) => {
    const start = from + index * QUARTER_HOUR_MS;
    return [start, byStart.get(start)];
  });
}

/** Wh as kWh with three digits, exact. */
export const kwh = (wh: number): string => `${Math.trunc(wh / 1_000)}.${String(wh % 1_000).padStart(3, "0")}`;

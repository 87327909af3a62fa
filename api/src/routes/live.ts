import { FUTURE_MS_MAX } from "@smp/schemas";
import type { LatestReading } from "@smp/store";
import { requireMeters, zoneOf } from "../access/guard.ts";
import { asLatest, latestAnswer } from "../meters/latest.ts";
import { readParameters } from "../request/parameters.ts";
import { invalidParameter } from "../answer/problem.ts";
import type { Seats } from "../limits/seats.ts";
import type { App, AppContext } from "../ports.ts";
import type { Services } from "../services.ts";
import { openStream } from "../live/stream.ts";

const METERS_MAX = 100;
/** What a stream may miss and still get after it connects again. */
const CATCH_UP_MS = 10 * 60_000;
const CATCH_UP_READINGS_MAX = 600;

/** Readings as text, made once for all who listen in the same zone. */
class Texts {
  readonly #made = new WeakMap<LatestReading, Map<string, string>>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  of(reading: LatestReading, tz: string): string {
    const byZone = this.#made.get(reading) ?? new Map<string, string>();
    this.#made.set(reading, byZone);
    const known = byZone.get(tz);
    if (known !== undefined) return known;
    const text = JSON.stringify(latestAnswer(reading, tz, this.#now()));
    byZone.set(tz, text);
    return text;
  }
}

export function addLive(app: App, services: Services, seats: Seats): void {
  const texts = new Texts(services.now);
  app.get("/v1/meters/:id/live", async (c) => {
    const query = readParameters(c, ["tz"]);
    const meter = c.req.param("id");
    await requireMeters(c, services, [meter], "raw");
    return follow(c, services, { seats, texts }, [meter], query.timeZone(await zoneOf(services, meter)));
  });
  app.get("/v1/live", async (c) => {
    const query = readParameters(c, ["meters", "tz"]);
    const list = query.text("meters", {
      pattern: /^[^,]+(?:,[^,]+)*$/,
      form: "meter ids separated by commas",
    });
    if (list === undefined)
      throw invalidParameter("meters", "is missing: name meter ids, separated by commas");
    const meters = [...new Set(list.split(","))];
    if (meters.length > METERS_MAX)
      throw invalidParameter("meters", `names ${meters.length} meters, but may name ${METERS_MAX}`);
    await requireMeters(c, services, meters, "raw");
    return follow(c, services, { seats, texts }, meters, query.timeZone(services.config.timeZone));
  });
}

async function follow(
  c: AppContext,
  services: Services,
  { seats, texts }: { seats: Seats; texts: Texts },
  meters: string[],
  tz: string,
): Promise<Response> {
  return openStream(c, services, seats, async () => {
    const [meter = ""] = meters;
    // An id is one meter's time: on a stream of several it says nothing about the others, and all get their newest.
    const after = meters.length === 1 ? lastEventTime(c, services.now()) : undefined;
    const missed = after === undefined ? [] : await missedReadings(c, services, meter, after);
    const sent = new Map(missed.map((reading) => [reading.meter, reading.t]));
    if (after !== undefined && missed.length === 0) sent.set(meter, after);
    return {
      tz,
      isAllowed: (caller) => meters.every((id) => caller.canRead(id, "raw")),
      start(write) {
        const send = (reading: LatestReading): void =>
          write({
            event: "reading",
            id: String(reading.t),
            data: texts.of(reading, tz),
          });
        missed.forEach(send);
        return services.live.listen(meters, send, sent);
      },
    };
  });
}

/** The time of the last reading that the client got, when it says so; one that lies ahead would silence the stream. */
function lastEventTime(c: AppContext, now: number): number | undefined {
  const text = c.req.header("last-event-id") ?? "";
  const t = /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  return t !== undefined && t <= now + FUTURE_MS_MAX ? t : undefined;
}

/** The readings after that time, as far as they are worth catching up. */
async function missedReadings(
  c: AppContext,
  services: Services,
  meter: string,
  after: number,
): Promise<LatestReading[]> {
  const from = Math.max(after + 1, services.now() - CATCH_UP_MS);
  const range = { meter, from, to: services.now() + FUTURE_MS_MAX, limit: CATCH_UP_READINGS_MAX };
  return services.query(c, async (store) => {
    const found: LatestReading[] = [];
    for await (const batch of store.raw(range)) found.push(...batch.map(asLatest));
    return found;
  });
}

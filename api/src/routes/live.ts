import { FUTURE_MS_MAX, toOffsetString } from "@smp/schemas";
import { streamSSE, type SSEMessage, type SSEStreamingApi } from "hono/streaming";
import type { LatestReading } from "@smp/store";
import { requireMeters, zoneOf } from "../access/guard.ts";
import { clientAddress } from "../client-address.ts";
import { asLatest, latestAnswer } from "../latest.ts";
import { readParameters } from "../parameters.ts";
import { HttpProblem, invalidParameter } from "../problem.ts";
import type { App, AppContext, Services } from "../services.ts";

const METERS_MAX = 100;
/** What a stream may miss and still get after it connects again. */
const CATCH_UP_MS = 10 * 60_000;
const CATCH_UP_READINGS_MAX = 600;
/** Events that may wait for a reader that is slow; one more and it is dropped. */
const PENDING_MAX = CATCH_UP_READINGS_MAX + 100;
const RETRY_MS = 2_000;

export function addLive(app: App, services: Services): void {
  const seats = new Seats(services);
  app.get("/v1/meters/:id/live", async (c) => {
    const query = readParameters(c, ["tz"]);
    const meter = c.req.param("id");
    await requireMeters(c, services, [meter], "raw");
    return follow(c, services, seats, [meter], query.timeZone(await zoneOf(services, meter)));
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
    return follow(c, services, seats, meters, query.timeZone(services.config.timeZone));
  });
}

/** Counts the open streams, in all and per client address. */
class Seats {
  readonly #services: Services;
  readonly #taken = new Map<string, number>();
  #total = 0;

  constructor(services: Services) {
    this.#services = services;
  }

  /** Takes a seat; returns how to give it back, which does nothing a second time. */
  take(c: AppContext): () => void {
    const { limits, trustedProxies } = this.#services.config;
    const address = clientAddress(c, trustedProxies);
    const own = this.#taken.get(address) ?? 0;
    if (own >= limits.listenersPerAddressMax)
      throw new HttpProblem(
        "too-many-streams",
        `This address has ${own} live streams open, which is all it may have.`,
        { retryAfterS: 30 },
      );
    if (this.#total >= limits.listenersMax)
      throw new HttpProblem("busy", "All live streams are taken: try again later.", { retryAfterS: 30 });
    this.#total++;
    this.#taken.set(address, own + 1);
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#total--;
      const left = (this.#taken.get(address) ?? 1) - 1;
      if (left === 0) this.#taken.delete(address);
      else this.#taken.set(address, left);
    };
  }
}

async function follow(
  c: AppContext,
  services: Services,
  seats: Seats,
  meters: string[],
  tz: string,
): Promise<Response> {
  const giveBack = seats.take(c);
  // HEAD gets the headers; a stream behind it would have no reader and no end.
  if (c.req.method === "HEAD") {
    giveBack();
    return c.body(null, 200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  }
  const [meter = ""] = meters;
  // An id is one meter's time: on a stream of several it says nothing about the others, and all get their newest.
  const after = meters.length === 1 ? lastEventTime(c, services.now()) : undefined;
  let missed: LatestReading[];
  try {
    missed = after === undefined ? [] : await missedReadings(c, services, meter, after);
  } catch (error) {
    giveBack();
    throw error;
  }
  const sent = new Map(missed.map((reading) => [reading.meter, reading.t]));
  if (after !== undefined && missed.length === 0) sent.set(meter, after);
  // Some proxies hold a stream back until it ends.
  c.header("x-accel-buffering", "no");
  return streamSSE(c, (stream) => pump(stream, c, services, { meters, tz, missed, sent }).finally(giveBack));
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

interface Feed {
  meters: string[];
  tz: string;
  /** Readings to send before the newest. */
  missed: LatestReading[];
  /** Per meter the time up to which the client has everything. */
  sent: ReadonlyMap<string, number>;
}

/** Writes events until the reader leaves or does not keep up. */
async function pump(
  stream: SSEStreamingApi,
  c: AppContext,
  services: Services,
  { meters, tz, missed, sent }: Feed,
): Promise<void> {
  let pending = 0;
  const write = (message: SSEMessage): void => {
    if (stream.aborted) return;
    if (pending >= PENDING_MAX) {
      services.ports.logger.info({ meters }, "dropped a live stream whose reader does not keep up");
      stream.abort();
      c.env?.incoming?.socket.destroy();
      return;
    }
    pending++;
    void stream.writeSSE(message).finally(() => pending--);
  };
  const heartbeat = (): void => {
    const t = services.now();
    write({ event: "heartbeat", data: JSON.stringify({ t, time: toOffsetString(t, tz) }), retry: RETRY_MS });
  };
  const send = (reading: LatestReading): void =>
    write({
      event: "reading",
      id: String(reading.t),
      data: JSON.stringify(latestAnswer(reading, tz, services.now())),
    });

  const { closing } = services.ports;
  let leave!: () => void;
  const gone = new Promise<void>((resolve) => (leave = resolve));
  stream.onAbort(leave);
  closing?.addEventListener("abort", leave);
  if (stream.aborted || closing?.aborted) leave();
  heartbeat();
  missed.forEach(send);
  const stop = services.live.listen(meters, send, sent);
  const timer = setInterval(heartbeat, services.config.limits.heartbeatMs);
  await gone;
  closing?.removeEventListener("abort", leave);
  clearInterval(timer);
  stop();
}

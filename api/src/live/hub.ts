import type { LatestReading } from "@smp/store";
import type { Logger } from "pino";

const METERS_MAX = 1_000;

interface HubOptions {
  /** Newest readings of the meters that somebody listens to. */
  latest: (meters: readonly string[]) => Promise<LatestReading[]>;
  pollMs: number;
  logger: Logger;
}

interface Listener {
  meters: ReadonlySet<string>;
  send: (reading: LatestReading) => void;
  /** Per meter the time of the newest reading that was sent. */
  sent: Map<string, number>;
}

/**
 * Shares one look into the store among all live streams: while somebody listens, the newest readings of all meters that are
 * listened to are fetched, and each listener gets what is newer than what it had. Nobody listening costs nothing.
 */
export class LiveHub {
  readonly #options: HubOptions;
  readonly #listeners = new Set<Listener>();
  readonly #byMeter = new Map<string, Set<Listener>>();
  #timer: NodeJS.Timeout | undefined;
  #looking = false;
  #again = false;
  #failed = false;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Sends each meter's newest reading at once, unless `sent` holds its time, then every newer one. Returns how to stop. */
  listen(
    meters: readonly string[],
    send: (reading: LatestReading) => void,
    sent?: ReadonlyMap<string, number>,
  ): () => void {
    const listener: Listener = { meters: new Set(meters), send, sent: new Map(sent) };
    this.#listeners.add(listener);
    for (const meter of listener.meters) {
      const others = this.#byMeter.get(meter) ?? new Set();
      this.#byMeter.set(meter, others.add(listener));
    }
    this.#timer ??= setInterval(() => void this.#look(), this.#options.pollMs);
    void this.#look();
    return () => {
      this.#listeners.delete(listener);
      for (const meter of listener.meters) {
        const others = this.#byMeter.get(meter);
        others?.delete(listener);
        if (others?.size === 0) this.#byMeter.delete(meter);
      }
      if (this.#listeners.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  /** The store takes a thousand meters at a time. */
  async #latestOf(meters: readonly string[]): Promise<LatestReading[]> {
    const found: LatestReading[] = [];
    for (let start = 0; start < meters.length; start += METERS_MAX)
      found.push(...(await this.#options.latest(meters.slice(start, start + METERS_MAX))));
    return found;
  }

  /** One look at a time; whoever asks meanwhile gets one more after it. */
  async #look(): Promise<void> {
    this.#again = true;
    if (this.#looking) return;
    this.#looking = true;
    try {
      while (this.#again && this.#listeners.size > 0) {
        this.#again = false;
        await this.#lookOnce();
      }
    } finally {
      this.#looking = false;
    }
  }

  async #lookOnce(): Promise<void> {
    try {
      const newest = await this.#latestOf([...this.#byMeter.keys()]);
      for (const reading of newest)
        for (const listener of this.#byMeter.get(reading.meter) ?? []) deliver(listener, reading);
      if (this.#failed) this.#options.logger.info("live readings are back");
      this.#failed = false;
    } catch (error) {
      // Streams stay open: their heartbeats go on, and the readings' age tells the rest.
      if (!this.#failed) this.#options.logger.warn({ err: error }, "live readings are not available");
      this.#failed = true;
    }
  }
}

function deliver(listener: Listener, reading: LatestReading): void {
  if (reading.t <= (listener.sent.get(reading.meter) ?? -1)) return;
  listener.sent.set(reading.meter, reading.t);
  listener.send(reading);
}

import { liveDocument, liveTopic, withUnshown, type NormalisedReading } from "@smp/schemas";

export interface LiveMirrorOptions {
  /** Publishes retained at QoS 0; resolves when a new subscriber would get it. */
  publish: (topic: string, payload: string) => Promise<void>;
  /** Whether anybody is subscribed. */
  isListened: () => boolean;
  intervalMs: number;
  metersMax: number;
  /** While so many publishes are not finished, because a subscriber is slow, meters wait: the newest reading wins. */
  outstandingMax: number;
}

interface Entry {
  reading: NormalisedReading;
  publishedAt: number;
}

/**
 * Mirrors the newest reading of each meter to `live/v1/{meter}`: retained, at most one message an interval and meter,
 * never an older reading after a newer one. While nobody listens it only remembers the reading.
 */
export class LiveMirror {
  readonly #options: LiveMirrorOptions;
  readonly #entries = new Map<string, Entry>();
  /** Meters whose newest reading is not yet published. */
  readonly #due = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #outstanding = 0;

  constructor(options: LiveMirrorOptions) {
    this.#options = options;
  }

  offer(readings: readonly NormalisedReading[]): void {
    for (const reading of readings) if (this.#remember(reading)) this.#due.add(reading.meter);
    if (this.#options.isListened()) this.#publishDue(readings.map(({ meter }) => meter));
  }

  /** Publishes what waited for somebody to listen. Await it before a subscription is granted. */
  async wake(): Promise<void> {
    const now = performance.now();
    await Promise.all([...this.#due].map((meter) => this.#publish(meter, now)));
  }

  /** What it remembers. */
  *newest(): Generator<NormalisedReading> {
    for (const { reading } of this.#entries.values()) yield reading;
  }

  /** Takes a meter's retained message away, for it is gone; a reading that comes later shows it anew. */
  async forget(meter: string): Promise<void> {
    if (!this.#entries.delete(meter)) return;
    this.#due.delete(meter);
    // An empty retained message removes the one before (MQTT 3.1.1, 3.3.1.3).
    await this.#options.publish(liveTopic(meter), "");
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  /** Whether the reading is the newest of its meter now. */
  #remember(reading: NormalisedReading): boolean {
    const known = this.#entries.get(reading.meter);
    if (known && reading.t < known.reading.t) return false;
    if (known) {
      const isWaiting = this.#due.has(reading.meter) && this.#options.isListened();
      known.reading = isWaiting ? withUnshown(known.reading, reading) : reading;
    } else {
      if (this.#entries.size >= this.#options.metersMax) this.#forgetOldest();
      this.#entries.set(reading.meter, { reading, publishedAt: -Infinity });
    }
    return true;
  }

  #publishDue(meters: Iterable<string>): void {
    const now = performance.now();
    for (const meter of meters) {
      if (this.#outstanding >= this.#options.outstandingMax) break;
      const entry = this.#entries.get(meter);
      if (entry && this.#due.has(meter) && now - entry.publishedAt >= this.#options.intervalMs)
        void this.#publish(meter, now);
    }
    if (this.#due.size === 0 || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#options.isListened()) this.#publishDue(this.#due);
    }, this.#options.intervalMs / 10);
    this.#timer.unref();
  }

  async #publish(meter: string, now: number): Promise<void> {
    const entry = this.#entries.get(meter);
    this.#due.delete(meter);
    if (!entry) return;
    entry.publishedAt = now;
    this.#outstanding++;
    await this.#options.publish(liveTopic(meter), JSON.stringify(liveDocument(entry.reading)));
    this.#outstanding--;
  }

  #forgetOldest(): void {
    const oldest = this.#entries.keys().next().value;
    if (oldest !== undefined) void this.forget(oldest);
  }
}

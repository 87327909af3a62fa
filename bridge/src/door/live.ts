import { liveDocument, liveTopic, withUnshown, type NormalisedReading } from "@smp/schemas";

const INTERVAL_MS = 1_000;
/** More meters than this are not mirrored by one door. */
const METERS_MAX = 50_000;

interface Mirrored {
  reading: NormalisedReading;
  publishedAt: number;
}

/**
 * Mirrors the newest reading of each meter to `live/v1/{meter}`: at most one message a second and meter, never an older
 * reading after a newer one. `publish` says whether it took the message; what it did not take is tried a second later.
 */
export class LiveMirror {
  readonly #publish: (topic: string, payload: string) => boolean;
  readonly #meters = new Map<string, Mirrored>();
  readonly #due = new Set<string>();
  /** Meters that were deleted, and whose retained message is still at the broker. */
  readonly #gone = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  constructor(publish: (topic: string, payload: string) => boolean) {
    this.#publish = publish;
    this.#timer = setInterval(() => {
      this.#clearGone();
      this.#publishDue(this.#due);
    }, INTERVAL_MS).unref();
  }

  /** Takes a deleted meter's retained message away, also one that was published before this process started. */
  forget(meter: string): void {
    this.#meters.delete(meter);
    this.#due.delete(meter);
    this.#gone.add(meter);
    this.#clearGone();
  }

  offer(readings: readonly NormalisedReading[]): void {
    for (const reading of readings) {
      const known = this.#meters.get(reading.meter);
      if (known ? reading.t < known.reading.t : this.#meters.size >= METERS_MAX) continue;
      if (known) known.reading = this.#due.has(reading.meter) ? withUnshown(known.reading, reading) : reading;
      else this.#meters.set(reading.meter, { reading, publishedAt: -Infinity });
      this.#due.add(reading.meter);
    }
    this.#publishDue(new Set(readings.map(({ meter }) => meter)));
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #clearGone(): void {
    // An empty retained message removes the one before (MQTT 3.1.1, 3.3.1.3).
    for (const meter of this.#gone) if (this.#publish(liveTopic(meter), "")) this.#gone.delete(meter);
  }

  #publishDue(meters: ReadonlySet<string>): void {
    const now = performance.now();
    for (const meter of meters) {
      const known = this.#meters.get(meter);
      if (!known || !this.#due.has(meter) || now - known.publishedAt < INTERVAL_MS - 1) continue;
      if (!this.#publish(liveTopic(meter), JSON.stringify(liveDocument(known.reading)))) return;
      known.publishedAt = now;
      this.#due.delete(meter);
    }
  }
}

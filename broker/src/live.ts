import { liveTopic, netPowerW, registerName, type NormalisedReading } from "@smp/schemas";

export interface LiveMirrorOptions {
  /** Publishes retained at QoS 0; resolves when a new subscriber would get it. */
  publish(topic: string, payload: string): Promise<void>;
  /** Whether anybody is subscribed. */
  isListened(): boolean;
  intervalMs: number;
  metersMax: number;
}

export interface LiveMirror {
  offer(readings: readonly NormalisedReading[]): void;
  /** Publishes what waited for somebody to listen. Await it before a subscription is granted. */
  wake(): Promise<void>;
  close(): void;
}

interface Entry {
  reading: NormalisedReading;
  publishedAt: number;
}

/**
 * Mirrors the newest reading of each meter to `live/v1/{meter}`: retained, at most one message an interval and meter,
 * never an older reading after a newer one. While nobody listens it only remembers the reading.
 */
export function createLiveMirror({
  publish,
  isListened,
  intervalMs,
  metersMax,
}: LiveMirrorOptions): LiveMirror {
  const entries = new Map<string, Entry>();
  /** Meters whose newest reading is not yet published. */
  const due = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  async function publishNow(meter: string, now: number): Promise<void> {
    const entry = entries.get(meter);
    due.delete(meter);
    if (!entry) return;
    entry.publishedAt = now;
    await publish(liveTopic(meter), JSON.stringify(liveMessage(entry.reading)));
  }

  function sweep(): void {
    timer = undefined;
    if (!isListened()) return;
    const now = performance.now();
    for (const meter of due) {
      const entry = entries.get(meter);
      if (!entry || now - entry.publishedAt >= intervalMs) void publishNow(meter, now);
    }
    arm();
  }

  function arm(): void {
    if (due.size === 0 || timer) return;
    timer = setTimeout(sweep, intervalMs / 10);
    timer.unref();
  }

  function remember(reading: NormalisedReading): Entry | undefined {
    const known = entries.get(reading.meter);
    if (known) {
      if (reading.t < known.reading.t) return undefined;
      known.reading = reading;
      return known;
    }
    if (entries.size >= metersMax) forgetOldest();
    const entry = { reading, publishedAt: -Infinity };
    entries.set(reading.meter, entry);
    return entry;
  }

  function forgetOldest(): void {
    const oldest = entries.keys().next().value;
    if (oldest === undefined) return;
    entries.delete(oldest);
    due.delete(oldest);
    // An empty retained message removes the one before (MQTT 3.1.1, 3.3.1.3).
    void publish(liveTopic(oldest), "");
  }

  return {
    offer(readings) {
      const listened = isListened();
      for (const reading of readings) if (remember(reading)) due.add(reading.meter);
      if (!listened) return;
      const now = performance.now();
      for (const { meter } of readings) {
        const entry = entries.get(meter);
        if (entry && due.has(meter) && now - entry.publishedAt >= intervalMs) void publishNow(meter, now);
      }
      arm();
    },
    async wake() {
      const now = performance.now();
      await Promise.all([...due].map((meter) => publishNow(meter, now)));
    },
    close() {
      clearTimeout(timer);
    },
  };
}

/** The JSON of a tap: friendly names, the unit as their last part; net power first, where the reading tells it. */
function liveMessage({ meter, t, r, quality }: NormalisedReading): Record<string, unknown> {
  const power = netPowerW(r);
  const message: Record<string, unknown> = { meter, time: new Date(t).toISOString(), t };
  if (power !== undefined) message["power_w"] = power;
  for (const [code, value] of Object.entries(r)) message[registerName(code)] = value;
  if (quality) message["quality"] = quality;
  return message;
}

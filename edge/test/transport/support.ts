import type { Clock } from "../../src/transport/clock.ts";
import type { Transport } from "../../src/transport/transport.ts";

/** A clock on which sleeping takes no time, but passes it; what was slept is on record. */
export interface TestClock extends Clock {
  readonly slept: number[];
}

export function testClock(startMs: number): TestClock {
  let nowMs = startMs;
  const slept: number[] = [];
  return {
    slept,
    now: () => nowMs,
    async sleep(ms) {
      if (ms <= 0) return;
      slept.push(ms);
      nowMs += ms;
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    },
  };
}

/** Collects until `enough` says so, then aborts, and waits for the source's end. */
export async function collect(
  transport: Transport,
  enough: (received: Buffer) => boolean = () => false,
  stop = new AbortController(),
): Promise<Buffer> {
  let received: Buffer = Buffer.alloc(0);
  for await (const chunk of transport.bytes(stop.signal)) {
    received = Buffer.concat([received, chunk]);
    if (enough(received)) stop.abort();
  }
  return received;
}

/** Resolves when the source has ended after this abort. */
export async function endsOnAbort(transport: Transport, when: Promise<unknown>): Promise<void> {
  const stop = new AbortController();
  void when.then(() => stop.abort());
  for await (const chunk of transport.bytes(stop.signal))
    if (chunk.length === 0) throw new Error("an empty chunk");
}

/** Promise.withResolvers, which Node 20 lacks. */
export function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}

import { expect, test } from "vitest";
import type { SimulatorState } from "../../src/simulator/options.ts";
import { simulateRange } from "../../src/simulator/simulate-range.ts";
import { simulatedTransport } from "../../src/transport/simulated.ts";
import { collect, testClock } from "./support.ts";

const key = "000102030405060708090a0b0c0d0e0f";
const startMs = Date.UTC(2026, 5, 21, 10, 0, 1);

async function arrivals(
  options: object,
  clock = testClock(startMs),
): Promise<{ atMs: number; bytes: Uint8Array }[]> {
  const seen: { atMs: number; bytes: Uint8Array }[] = [];
  for await (const bytes of simulatedTransport({ key, clock, count: 3, ...options }).bytes(
    new AbortController().signal,
  ))
    seen.push({ atMs: clock.now() - startMs, bytes });
  return seen;
}

test("telegrams start 0.65 s after seconds ending in 0 or 5 and take 11 bits a byte", async () => {
  const seen = await arrivals({});
  const telegramBytes = 376;
  const byteMs = 11_000 / 2400;
  const first = seen.slice(0, 12);
  expect(first[0]?.bytes.length).toBe(32);
  expect(first[0]?.atMs).toBeCloseTo(4000 + 650 + 32 * byteMs, 3);
  expect(seen.filter(({ atMs }) => atMs < 9000).reduce((sum, { bytes }) => sum + bytes.length, 0)).toBe(
    telegramBytes,
  );
  // The two frames of 256 and 120 bytes are cut one by one.
  expect(seen.filter(({ atMs }) => atMs < 9000)).toHaveLength(8 + 4);
  expect(seen[12]?.atMs).toBeCloseTo(9000 + 650 + 32 * byteMs, 3);
});

test("the bytes are those of the meter at these instants", async () => {
  const fromMs = Date.UTC(2026, 5, 21, 10, 0, 5);
  const expected = [...simulateRange({ key, fromMs, toMs: fromMs + 15_000, stepMs: 5000 })].map(
    ({ bytes }) => bytes,
  );
  const seen = await arrivals({});
  expect(Buffer.concat(seen.map(({ bytes }) => bytes))).toEqual(Buffer.concat(expected));
});

test.each([
  [1, [1]],
  [50, [50, 6, 20]],
  [256, [256, 120]],
] as const)("chunks of %s bytes carry the same telegram", async (chunkBytes, sizes) => {
  const joined = (seen: { bytes: Uint8Array }[]): Buffer => Buffer.concat(seen.map(({ bytes }) => bytes));
  const seen = await arrivals({ chunkBytes, count: 1 });
  expect(joined(seen)).toEqual(joined(await arrivals({ count: 1 })));
  expect([...new Set(seen.map(({ bytes }) => bytes.length))]).toEqual(sizes);
});

test("random chunks carry the same telegram, and are the same each time", async () => {
  const sizes = async (): Promise<number[]> =>
    (await arrivals({ chunkBytes: "random", count: 1 })).map(({ bytes }) => bytes.length);
  const once = await sizes();
  expect(once.reduce((sum, size) => sum + size)).toBe(376);
  expect(new Set(once).size).toBeGreaterThan(3);
  expect(await sizes()).toEqual(once);
});

test("a pause between segments is silence of more than a second", async () => {
  const seen = await arrivals({ faults: { pauseBetweenSegments: 1 }, count: 1, chunkBytes: 256 });
  expect(seen).toHaveLength(2);
  expect((seen[1]?.atMs ?? 0) - (seen[0]?.atMs ?? 0)).toBeGreaterThan(1600);
});

test("after the computer has slept, the meter goes on with the present", async () => {
  const clock = testClock(startMs);
  const instants: number[] = [];
  const transport = simulatedTransport({
    key,
    clock,
    count: 2,
    onTelegram: ({ instantMs }) => instants.push(instantMs),
  });
  let slept = false;
  for await (const chunk of transport.bytes(new AbortController().signal)) {
    if (!slept && chunk.length > 0) await clock.sleep(3_600_000, new AbortController().signal);
    slept = true;
  }
  expect((instants[1] ?? 0) - (instants[0] ?? 0)).toBeGreaterThanOrEqual(3_600_000);
  expect(clock.now() - (instants[1] ?? 0)).toBeLessThan(5000);
});

test("opened again, and restarted with its state, the meter goes on", async () => {
  const counters: number[] = [];
  let kept: SimulatorState | undefined;
  const options = {
    key,
    pace: "fast" as const,
    fromMs: startMs,
    count: 2,
    onTelegram: (telegram: { frameCounter: number }, state: SimulatorState): void => {
      counters.push(telegram.frameCounter);
      kept = state;
    },
  };
  const transport = simulatedTransport(options);
  await collect(transport);
  await collect(transport);
  await collect(simulatedTransport({ ...options, ...(kept && { state: kept }) }));
  expect(counters.map((counter) => counter - (counters[0] ?? 0))).toEqual([0, 1, 2, 3, 4, 5]);
});

test("in fast pace an endless meter leaves timers their turn, and an abort ends it", async () => {
  const stop = new AbortController();
  let telegrams = 0;
  const transport = simulatedTransport({
    key,
    pace: "fast",
    fromMs: startMs,
    // The timer is set by the meter itself, so that only a turn of the event loop can fire it.
    onTelegram: () => telegrams++ === 50 && setTimeout(() => stop.abort(), 1),
  });
  for await (const chunk of transport.bytes(stop.signal)) expect(chunk.length).toBeGreaterThan(0);
  expect(telegrams).toBeGreaterThan(50);
});

test("an abort ends the silence between two telegrams at once", async () => {
  const began = performance.now();
  const transport = simulatedTransport({ key, intervalMs: 60_000 });
  const stop = new AbortController();
  const ended = collect(transport, undefined, stop);
  setImmediate(() => stop.abort());
  expect((await ended).length).toBe(0);
  expect(performance.now() - began).toBeLessThan(500);
});

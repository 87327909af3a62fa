import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LiveMirror, type LiveMirrorOptions } from "../../src/live/live.ts";
import { reading } from "../harness.ts";

const T = 1_780_000_000_000;
let published: { topic: string; value: unknown }[];
let listened: boolean;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  published = [];
  listened = true;
});
afterEach(() => {
  vi.useRealTimers();
});

function mirror(options: Partial<LiveMirrorOptions> = {}): LiveMirror {
  return new LiveMirror({
    publish: (topic, payload) => {
      const message = payload === "" ? undefined : (JSON.parse(payload) as Record<string, unknown>);
      published.push({ topic, value: message?.["x-n"] });
      return Promise.resolve();
    },
    isListened: () => listened,
    intervalMs: 1_000,
    metersMax: 100,
    outstandingMax: 10,
    ...options,
  });
}

const numbered = (meter: string, t: number, n: number): ReturnType<typeof reading> =>
  reading(meter, t, { "x-n": n });

describe("the live mirror", () => {
  test("publishes at most one message a second and meter, the newest", () => {
    const live = mirror();
    for (let n = 0; n < 50; n++) {
      live.offer([numbered("m7", T + n, n)]);
      vi.advanceTimersByTime(100);
    }
    vi.advanceTimersByTime(1_100);
    const values = published.map(({ value }) => value as number);
    expect(values[0]).toBe(0);
    expect(values.at(-1)).toBe(49);
    expect(values).toEqual([...values].sort((a, b) => a - b));
    expect(values.length).toBeLessThanOrEqual(7);
    expect(values.length).toBeGreaterThanOrEqual(5);
  });

  test("shows power and energy that come as two messages, each second anew", () => {
    const seen: Record<string, unknown>[] = [];
    const live = mirror({
      outstandingMax: 1_000,
      publish: (_topic, payload) => Promise.resolve(void seen.push(JSON.parse(payload) as (typeof seen)[0])),
    });
    for (let second = 0; second < 10; second++) {
      const t = T + second * 1_000;
      live.offer([reading("m7", t, { "1-0:16.7.0": second })]);
      live.offer([reading("m7", t + 1, { "1-0:1.8.0": 100 + second })]);
      vi.advanceTimersByTime(1_000);
    }
    expect(seen.filter((message) => "import_wh" in message).length).toBeGreaterThanOrEqual(8);
    expect(seen.filter((message) => "power_w" in message).length).toBeGreaterThanOrEqual(8);
    // A value of an hour ago is not shown as one of now.
    live.offer([reading("m7", T + 3_600_000, { "1-0:16.7.0": 5 })]);
    vi.advanceTimersByTime(1_100);
    expect(seen.at(-1)).toMatchObject({ power_w: 5 });
    expect(seen.at(-1)).not.toHaveProperty("import_wh");
  });

  test("never shows an older reading after a newer one, but a correction of the same time", () => {
    const live = mirror({ intervalMs: 0 });
    live.offer([numbered("m7", T, 1), numbered("m7", T - 1, 2)]);
    live.offer([numbered("m7", T - 1, 3)]);
    live.offer([numbered("m7", T, 4)]);
    expect(published.map(({ value }) => value)).toEqual([1, 4]);
  });

  test("publishes nothing while nobody listens, and everything when somebody comes", async () => {
    listened = false;
    const live = mirror();
    live.offer([numbered("m7", T, 1), numbered("m8", T, 2)]);
    live.offer([numbered("m7", T + 1, 3)]);
    vi.advanceTimersByTime(10_000);
    expect(published).toEqual([]);
    listened = true;
    await live.wake();
    expect(published).toEqual([
      { topic: "live/v1/m7", value: 3 },
      { topic: "live/v1/m8", value: 2 },
    ]);
    await live.wake();
    expect(published).toHaveLength(2);
  });

  test("forgets a meter that was deleted, and shows what it sends after that", async () => {
    const live = mirror({ intervalMs: 0 });
    live.offer([numbered("m7", T, 1)]);
    await live.forget("m7");
    await live.forget("m7");
    await live.forget("never-seen");
    live.offer([numbered("m7", T - 5, 2)]);
    expect(published).toEqual([
      { topic: "live/v1/m7", value: 1 },
      { topic: "live/v1/m7", value: undefined },
      { topic: "live/v1/m7", value: 2 },
    ]);
  });

  test("lets meters wait while publishes are not finished", async () => {
    const finish: (() => void)[] = [];
    const topics: string[] = [];
    const live = mirror({
      outstandingMax: 2,
      publish: (topic) =>
        new Promise((resolve) => {
          topics.push(topic);
          finish.push(resolve);
        }),
    });
    live.offer(["a", "b", "c"].map((meter) => numbered(meter, T, 1)));
    vi.advanceTimersByTime(500);
    expect(topics).toEqual(["live/v1/a", "live/v1/b"]);
    for (const done of finish) done();
    await Promise.resolve();
    await Promise.resolve();
    vi.advanceTimersByTime(500);
    expect(topics).toEqual(["live/v1/a", "live/v1/b", "live/v1/c"]);
  });

  test("forgets the oldest meter beyond its limit, and removes its retained message", () => {
    const live = mirror({ metersMax: 2 });
    live.offer(["a", "b", "c"].map((meter) => numbered(meter, T, 1)));
    expect(published).toEqual([
      { topic: "live/v1/a", value: undefined },
      { topic: "live/v1/b", value: 1 },
      { topic: "live/v1/c", value: 1 },
    ]);
  });
});

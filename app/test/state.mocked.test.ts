import type { Latest, MeterList } from "@smp/schemas/api";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const [MINE, YOURS] = ["a", "b"].map((letter) => `smp_${letter.repeat(43)}`) as [string, string];
const QUARTER_MS = 900_000;
const NOW = Date.UTC(2026, 10, 27, 12);

type Answer = (path: string, init: RequestInit) => Promise<Response>;
let answer: Answer;

beforeEach(() => {
  vi.resetModules();
  vi.useFakeTimers({ now: NOW });
  const methods = {
    getItem(this: Record<string, string>, name: string): string | null {
      return this[name] ?? null;
    },
    setItem(this: Record<string, string>, name: string, value: string): void {
      this[name] = value;
    },
    removeItem(this: Record<string, string>, name: string): void {
      delete this[name];
    },
  };
  vi.stubGlobal("localStorage", Object.create(methods));
  vi.stubGlobal("document", {
    baseURI: "http://platform.test/",
    documentElement: {},
    addEventListener: () => undefined,
  });
  vi.stubGlobal("location", { search: "", hash: "", pathname: "/" });
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("removeEventListener", () => undefined);
  vi.stubGlobal("fetch", (url: string, init: RequestInit) =>
    answer(url.slice("http://platform.test/".length), init),
  );
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const never = (): Promise<Response> => new Promise(() => undefined);
const json = (body: unknown): Promise<Response> => Promise.resolve(Response.json(body));
const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

function listOf(lastMs: Record<string, number>): MeterList {
  const meters = Object.entries(lastMs).map(([id, ms]) => ({
    id,
    name: id,
    last: new Date(ms).toISOString(),
    age_s: (NOW - ms) / 1000,
    time_zone: null,
  }));
  return { tz: "Europe/Vienna", meters } as unknown as MeterList;
}

const latestOf = (t: number, powerW: number | null): Latest =>
  ({
    meter: "a",
    t,
    age_s: (NOW - t) / 1000,
    power_w: powerW,
    quality: [],
    registers: {},
  }) as unknown as Latest;

test("of two meters that both speak the screens stay with one, whichever spoke last", async () => {
  answer = () => json(listOf({ a: NOW - 1_000, b: NOW - 4_000 }));
  const { loadMeters, meterId } = await import("../src/state/meters.ts");
  await loadMeters();
  expect(meterId.value).toBe("a");
  answer = () => json(listOf({ a: NOW - 3_000, b: NOW }));
  await loadMeters();
  expect(meterId.value).toBe("a");
});

test("a real meter is shown before a simulated one that spoke later", async () => {
  const list = listOf({ a: NOW - 60_000, b: NOW });
  answer = () =>
    json({ ...list, meters: list.meters.map((entry) => ({ ...entry, simulated: entry.id === "b" })) });
  const { loadMeters, meterId } = await import("../src/state/meters.ts");
  await loadMeters();
  expect(meterId.value).toBe("a");
});

test("a refusal of the token before says nothing of the one that was entered meanwhile", async () => {
  const { setToken } = await import("../src/api/token.ts");
  const { loadMeters, meters, metersFailure } = await import("../src/state/meters.ts");
  setToken(MINE);
  let refuse: (response: Response) => void = () => undefined;
  answer = () => new Promise((resolve) => (refuse = resolve));
  const asked = loadMeters();
  setToken(YOURS);
  answer = () => json(listOf({ b: NOW }));
  await loadMeters();
  refuse(new Response("{}", { status: 401 }));
  await asked;
  expect(metersFailure.value).toBeUndefined();
  expect(meters.value).toHaveLength(1);
});

test("half a token in a link is said, until another one is taken", async () => {
  vi.stubGlobal("location", { search: "", hash: `#token=${MINE.slice(0, 20)}`, pathname: "/" });
  vi.stubGlobal("history", { replaceState: () => undefined });
  const { brokenLink, setToken, token } = await import("../src/api/token.ts");
  expect([token.value, brokenLink.value]).toEqual([undefined, true]);
  setToken(MINE);
  expect([token.value, brokenLink.value]).toEqual([MINE, false]);
});

test("a reading that is heard after signing out is neither shown nor kept", async () => {
  const { setToken } = await import("../src/api/token.ts");
  setToken(MINE);
  answer = () => json(listOf({ a: NOW }));
  const { loadMeters } = await import("../src/state/meters.ts");
  const { followLive, latest } = await import("../src/state/live.ts");
  await loadMeters();
  let tell: (response: Response) => void = () => undefined;
  answer = (path) => (path.endsWith("/latest") ? new Promise((resolve) => (tell = resolve)) : never());
  const stop = followLive();
  await settled();
  answer = () => json({ readings: [], next: null });
  setToken(undefined);
  tell(Response.json(latestOf(NOW - 1_000, 413)));
  await settled();
  expect(latest.value).toBeUndefined();
  expect(JSON.stringify(Object.entries(localStorage))).not.toContain("413");
  stop();
});

/** Readings of a meter that tells its counters alone, from the newest back to half a day ago. */
function countersEvery(intervalMs: number, newestMs: number): Answer {
  const times = Array.from({ length: 20 }, (_, index) => newestMs - index * intervalMs).toReversed();
  return (path) => {
    if (path.endsWith("/latest")) return json(latestOf(newestMs, null));
    if (!path.includes("/readings")) return never();
    const query = new URLSearchParams(path.split("?")[1]);
    const [from, to] = ["from", "to"].map((name) => Number(query.get(name))) as [number, number];
    const readings = times
      .filter((t) => t >= from && t < to)
      .map((t) => ({ t, power_w: null, registers: {} }));
    return json({ readings, next: null });
  };
}

test.each([
  ["quarter hour", QUARTER_MS, QUARTER_MS, "live"],
  ["hour", 4 * QUARTER_MS, 3 * QUARTER_MS, "live"],
  ["hour", 4 * QUARTER_MS, 5 * 4 * QUARTER_MS, "stale"],
  ["five seconds", 5_000, 3 * QUARTER_MS, "offline"],
])(
  "a meter that tells its counters every %s, and no power, is judged by that: %d ms, %d ms ago, is %s",
  async (_, intervalMs, agoMs, expected) => {
    answer = () => json(listOf({ a: NOW - agoMs }));
    const { loadMeters } = await import("../src/state/meters.ts");
    const { followLive, freshness, latest } = await import("../src/state/live.ts");
    await loadMeters();
    answer = countersEvery(intervalMs, NOW - agoMs);
    const stop = followLive();
    await vi.waitFor(() => expect(latest.value).toBeDefined());
    await settled();
    expect(freshness.value).toBe(expected);
    stop();
  },
);

test("a file may take its time on its way; only its beginning is waited for no longer than any answer", async () => {
  const { send } = await import("../src/api/http.ts");
  const signals: AbortSignal[] = [];
  answer = (_, { signal }) => {
    signals.push(signal!);
    return Promise.resolve(new Response(new ReadableStream()));
  };
  await send("GET", "v1/meters/a/energy", { download: true });
  await send("GET", "v1/meters/a/energy");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
});

test("an answer that breaks off is none: the last one is shown, with its age", async () => {
  const { getJson } = await import("../src/api/http.ts");
  answer = () => Promise.resolve(new Response('{"tz":"Europe/Vi'));
  await expect(getJson("v1/meters")).rejects.toMatchObject({ kind: "offline" });
});

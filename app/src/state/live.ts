import { computed, effect, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import type { Heartbeat, Latest, ReadingPage } from "@smp/schemas/api";
import { lastAnswer, rememberAnswer } from "../api/answers.ts";
import { asFailure, getJson, type HttpError, reachable } from "../api/http.ts";
import { meterPath } from "../api/paths.ts";
import { asked } from "../api/resource.ts";
import { follow } from "../api/stream.ts";
import { token } from "../api/token.ts";
import { HISTORY_MS, slotLengthMs, slotsOf, type PowerPoint, type Slot } from "../now/hour.ts";
import { platformMs, tellPlatformTime } from "./clock.ts";
import { freshnessOf, intervalOf, type Freshness } from "./freshness.ts";
import { loadMeters, meterId } from "./meters.ts";

/** So far back a meter that speaks less than twice an hour shows its rhythm. */
const RHYTHM_MS = 12 * HISTORY_MS;
/** More pages of the last hour than this are left out: a phone need not draw more points. */
const PAGES_MAX = 4;

export const latest: Signal<Latest | undefined> = signal(undefined);
const connected: Signal<boolean> = signal(false);
/** Why there are no live values; not found: this token may not see them. */
export const liveFailure: Signal<HttpError | undefined> = signal(undefined);
const points: Signal<readonly PowerPoint[]> = signal([]);

export const ageMs: ReadonlySignal<number> = computed(() =>
  Math.max(0, platformMs.value - (latest.value?.t ?? 0)),
);
/** When the newest readings were taken: those of a meter that tells no power have a rhythm, too. */
const times: Signal<readonly number[]> = signal([]);
const TIMES_MAX = 20;
const intervalMs = computed(() => intervalOf(times.value));
/** However slow the meter's rhythm: without the platform nobody knows whether the value still holds. */
export const freshness: ReadonlySignal<Freshness> = computed(() => {
  const byAge = freshnessOf(ageMs.value, intervalMs.value);
  return byAge === "live" && !reachable.value ? "stale" : byAge;
});
const fiveSeconds = computed(() => Math.floor(platformMs.value / 5_000) * 5_000);
export const slots: ReadonlySignal<readonly Slot[]> = computed(() =>
  slotsOf(points.value, fiveSeconds.value, slotLengthMs(intervalMs.value)),
);

function take(id: string, next: Latest, by: string | undefined): void {
  if (by !== token.peek() || id !== meterId.peek() || next.meter !== id || (latest.peek()?.t ?? 0) > next.t)
    return;
  latest.value = next;
  rememberAnswer(`${meterPath(id)}/latest`, { data: next, atMs: Date.now() }, by);
  if (next.t > (times.peek().at(-1) ?? 0)) times.value = [...times.peek(), next.t].slice(-TIMES_MAX);
  if (next.power_w === null || next.t <= (points.peek().at(-1)?.t ?? 0)) return;
  const since = next.t - HISTORY_MS - 60_000;
  points.value = [...points.peek().filter(({ t }) => t >= since), { t: next.t, powerW: next.power_w }];
}

async function loadHour(id: string): Promise<{ points: PowerPoint[]; times: number[] }> {
  const nowMs = platformMs.peek();
  const found: PowerPoint[] = [];
  const all: number[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX; page++) {
    const query = new URLSearchParams({
      from: String(Math.floor(nowMs - HISTORY_MS)),
      to: String(Math.ceil(nowMs + 60_000)),
    });
    if (cursor !== null) query.set("cursor", cursor);
    const answer: ReadingPage = await getJson<ReadingPage>(`${meterPath(id)}/readings?${query}`);
    for (const { t, power_w: powerW } of answer.readings) {
      all.push(t);
      if (powerW !== null) found.push({ t, powerW });
    }
    cursor = answer.next;
    if (cursor === null) break;
  }
  return { points: found, times: all };
}

/** When the last readings were taken, whose rhythm the last hour does not show. */
async function loadRhythm(id: string, lastMs: number): Promise<number[]> {
  const range = { from: String(lastMs - RHYTHM_MS), to: String(lastMs + 1), limit: String(TIMES_MAX) };
  const page = await getJson<ReadingPage>(`${meterPath(id)}/readings?${new URLSearchParams(range)}`);
  return page.readings.map(({ t }) => t);
}

async function load(id: string): Promise<void> {
  const by = token.peek();
  const isMine = (): boolean => id === meterId.peek() && by === token.peek();
  try {
    const answer = await getJson<Latest>(`${meterPath(id)}/latest`);
    tellPlatformTime(answer.t + answer.age_s * 1000);
    const hour = await loadHour(id);
    if (hour.times.length < 2) hour.times = await loadRhythm(id, answer.t);
    if (!isMine()) return;
    const newest = hour.times.at(-1) ?? 0;
    points.value = [...hour.points, ...points.peek().filter(({ t }) => t > newest)];
    times.value = [...hour.times, ...times.peek().filter((t) => t > newest)].slice(-TIMES_MAX);
    take(id, answer, by);
    liveFailure.value = undefined;
  } catch (error) {
    if (!isMine()) return;
    liveFailure.value = asFailure(error);
    if (!["offline", "problem"].includes(liveFailure.value.kind)) latest.value = undefined;
  }
}

/** Whose readings are shown. */
let owner: string | undefined;

/** Follows the chosen meter, whichever that is, until the returned function is called. */
export function followLive(): () => void {
  return effect(() => {
    const id = meterId.value;
    const by = token.value;
    void asked.value;
    if (id === undefined) return undefined;
    if (latest.peek()?.meter !== id || by !== owner) {
      owner = by;
      latest.value = lastAnswer<Latest>(`${meterPath(id)}/latest`)?.data;
      points.value = [];
      times.value = [];
    }
    liveFailure.value = undefined;
    let opened = false;
    void load(id);
    const stop = follow(`${meterPath(id)}/live`, {
      event: (name, data) => {
        if (name === "reading") take(id, data as Latest, by);
        else if (name === "heartbeat") {
          tellPlatformTime((data as Heartbeat).t);
          // The stream is open; what could not be asked beside it may be answered now.
          if (liveFailure.peek()) void load(id);
        }
      },
      connected: (open) => {
        // After a break the hour has a hole that only the platform can fill; without a network it was not asked at all.
        if (open && (opened || liveFailure.peek())) void load(id);
        // A stream that breaks is the first sign of a network that went.
        else if (!open && connected.peek()) void loadMeters();
        opened ||= open;
        connected.value = open;
      },
    });
    return () => {
      stop();
      connected.value = false;
    };
  });
}

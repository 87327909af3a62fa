import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { loadLastHour, loadMeters, loadNow, loadToday, nowOf, type MeterEntry } from "./api.ts";
import { freshnessOf, intervalOf, type Freshness } from "./freshness.ts";
import { HISTORY_MS, slotsOf, type PowerPoint, type Slot } from "./history.ts";
import { follow } from "./live.ts";
import type { Now, Today } from "./model.ts";

const METERS_EVERY_MS = 30_000;
const TODAY_EVERY_MS = 30_000;

/** `undefined`: not asked yet. */
export const meters: Signal<readonly MeterEntry[] | undefined> = signal(undefined);
export const selectedId: Signal<string | undefined> = signal(undefined);
export const now: Signal<Now | undefined> = signal(undefined);
export const today: Signal<Today | undefined> = signal(undefined);
export const connected: Signal<boolean> = signal(false);
export const everConnected: Signal<boolean> = signal(false);
export const failure: Signal<string | undefined> = signal(undefined);
const points: Signal<readonly PowerPoint[]> = signal([]);
const phoneMs: Signal<number> = signal(Date.now());
/** Platform's clock minus the phone's, so that ages are right on a phone whose clock is not. */
const skewMs: Signal<number> = signal(0);

export const platformMs: ReadonlySignal<number> = computed(() => phoneMs.value + skewMs.value);
export const meter: ReadonlySignal<MeterEntry | undefined> = computed(() =>
  meters.value?.find(({ id }) => id === selectedId.value),
);
export const ageMs: ReadonlySignal<number> = computed(() =>
  Math.max(0, platformMs.value - (now.value?.t ?? 0)),
);
export const freshness: ReadonlySignal<Freshness> = computed(() =>
  freshnessOf(ageMs.value, intervalOf(points.value.map(({ t }) => t))),
);
export const slots: ReadonlySignal<readonly Slot[]> = computed(() =>
  slotsOf(points.value, Math.floor(platformMs.value / 5_000) * 5_000),
);

function take(next: Now): void {
  if (next.meter !== selectedId.value || (now.value && next.t < now.value.t)) return;
  now.value = next;
  if (next.powerW === null) return;
  const since = next.t - HISTORY_MS - 60_000;
  const newest = points.value.at(-1)?.t ?? 0;
  if (next.t > newest)
    points.value = [...points.value.filter(({ t }) => t >= since), { t: next.t, powerW: next.powerW }];
}

async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work();
    failure.value = undefined;
  } catch (error) {
    failure.value = error instanceof Error ? error.message : String(error);
  }
}

async function refreshMeters(): Promise<void> {
  meters.value = await loadMeters();
  if (!meter.value) {
    const remembered = localStorage.getItem("meter");
    const entry =
      meters.value.find(({ id }) => id === remembered) ??
      meters.value.toSorted((a, b) => b.lastMs - a.lastMs)[0];
    if (entry) select(entry.id);
  }
}

async function refreshToday(): Promise<void> {
  const entry = meter.value;
  if (!entry) return;
  const loaded = await loadToday(entry, platformMs.value);
  if (entry.id === selectedId.value) today.value = loaded;
}

async function loadAll(id: string): Promise<void> {
  const { reading, platformMs: serverMs } = await loadNow(id);
  skewMs.value = serverMs - Date.now();
  const history = await loadLastHour(id, platformMs.value);
  if (id !== selectedId.value) return;
  points.value = history;
  take(reading);
  await refreshToday();
}

let unfollow: (() => void) | undefined;

/** Shows another meter: forgets what the screen said of the one before. */
export function select(id: string): void {
  unfollow?.();
  selectedId.value = id;
  localStorage.setItem("meter", id);
  now.value = undefined;
  today.value = undefined;
  points.value = [];
  unfollow = follow(`v1/meters/${encodeURIComponent(id)}/live`, {
    reading: (data) => take(nowOf(data)),
    connected: (open) => {
      // After a break the hour has a hole that only the platform can fill.
      if (open && everConnected.value && !connected.value) void attempt(() => loadAll(id));
      connected.value = open;
      if (open) everConnected.value = true;
    },
  });
  void attempt(() => loadAll(id));
}

export function retry(): void {
  void attempt(refreshMeters);
}

export function start(): void {
  retry();
  setInterval(() => (phoneMs.value = Date.now()), 1_000);
  setInterval(() => void attempt(refreshMeters), METERS_EVERY_MS);
  setInterval(() => void attempt(refreshToday), TODAY_EVERY_MS);
  // A phone that slept shows old numbers for a moment: they must not look young.
  document.addEventListener("visibilitychange", () => {
    phoneMs.value = Date.now();
    if (!document.hidden && selectedId.value !== undefined)
      void attempt(() => loadAll(selectedId.value ?? ""));
  });
}

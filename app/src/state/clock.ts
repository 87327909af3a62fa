import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";

const phoneMs: Signal<number> = signal(Date.now());
/** Platform's clock minus the phone's, so that ages and days are right on a phone whose clock is not. */
const skewMs: Signal<number> = signal(0);

/** The platform's time, by the second. */
export const platformMs: ReadonlySignal<number> = computed(() => phoneMs.value + skewMs.value);
/** The same by the minute: what depends on it is drawn once a minute. */
export const minuteMs: ReadonlySignal<number> = computed(
  () => Math.floor(platformMs.value / 60_000) * 60_000,
);

/** The platform said what time it is. Less than a second is the way of the answer, not the clock. */
export function tellPlatformTime(ms: number): void {
  const skew = ms - Date.now();
  if (Math.abs(skew - skewMs.peek()) > 1_000) skewMs.value = skew;
}

export function startClock(): void {
  const tick = (): void => {
    phoneMs.value = Date.now();
  };
  setInterval(tick, 1_000);
  // A phone that slept shows old numbers for a moment: they must not look young.
  document.addEventListener("visibilitychange", tick);
}

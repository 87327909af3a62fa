import { computed, effect, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import type { Meter, MeterList } from "@smp/schemas/api";
import { lastAnswer, rememberAnswer } from "../api/answers.ts";
import { asFailure, getJson, type HttpError, whenAnswered } from "../api/http.ts";
import { asked } from "../api/resource.ts";
import { token } from "../api/token.ts";
import { addressOf, navigate, route, type ScreenName } from "../router.ts";
import { tellPlatformTime } from "./clock.ts";
import { keep, kept } from "./kept.ts";

export interface MeterEntry extends Meter {
  /** The zone of its days and months. */
  tz: string;
}

const PATH = "v1/meters";
const EVERY_MS = 30_000;

/** `undefined`: not asked yet. */
export const meters: Signal<readonly MeterEntry[] | undefined> = signal(undefined);
export const metersFailure: Signal<HttpError | undefined> = signal(undefined);
/** When the list was asked with success, by the phone's clock. */
export const metersAtMs: Signal<number | undefined> = signal(undefined);
/** The platform's own zone, for what belongs to no single meter. */
export const platformTz: Signal<string> = signal(Intl.DateTimeFormat().resolvedOptions().timeZone);
const chosen: Signal<string | undefined> = signal(kept("meter"));
/** Where nobody chose: the meter that had spoken last when the list first came. Another may have by the next time. */
let first: string | undefined;

/** The meter that the screens show: the one that the address names, the chosen one, else a real one that spoke last, else a simulated one. */
export const meter: ReadonlySignal<MeterEntry | undefined> = computed(() => {
  const withId = (wanted: string | null | undefined): MeterEntry | undefined =>
    meters.value?.find(({ id }) => id === wanted);
  const found = withId(route.value.query.get("meter")) ?? withId(chosen.value) ?? withId(first);
  if (found) return found;
  const newest = meters.value?.toSorted(
    (a, b) => Number(a.simulated) - Number(b.simulated) || Date.parse(b.last) - Date.parse(a.last),
  )[0];
  first = newest?.id;
  return newest;
});
export const meterId: ReadonlySignal<string | undefined> = computed(() => meter.value?.id);
export const meterTz: ReadonlySignal<string> = computed(
  () => meter.value?.tz ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
);

export function chooseMeter(id: string): void {
  const { name, query } = route.peek();
  if (query.has("meter")) {
    const others = Object.fromEntries([...query].filter(([key]) => key !== "meter"));
    navigate(addressOf(name as ScreenName, others), { replace: true });
  }
  keep("meter", id);
  chosen.value = id;
}

const entriesOf = ({ tz, meters: list }: MeterList): MeterEntry[] =>
  list.map((entry) => ({ ...entry, tz: entry.time_zone ?? tz }));

export async function loadMeters(): Promise<void> {
  const asking = token.peek();
  try {
    const list = await getJson<MeterList>(PATH);
    if (asking !== token.peek()) return;
    const [entry] = list.meters;
    if (entry) tellPlatformTime(Date.parse(entry.last) + entry.age_s * 1000);
    rememberAnswer(PATH, { data: list, atMs: Date.now() }, asking);
    platformTz.value = list.tz;
    meters.value = entriesOf(list);
    metersAtMs.value = Date.now();
    metersFailure.value = undefined;
  } catch (error) {
    if (asking !== token.peek()) return;
    metersFailure.value = asFailure(error);
    if (metersFailure.value.kind === "unauthorized") meters.value = undefined;
    if (metersFailure.value.kind === "offline") whenAnswered(loadAgain);
  }
}

/** A meter that was deleted: nothing asks for it any more. */
export function forgetMeter(id: string): void {
  meters.value = meters.peek()?.filter((known) => known.id !== id);
}

const loadAgain = (): void => void loadMeters();

/** Asks for the meters now, every half minute, and whenever the token or the connection changes. */
export function startMeters(): void {
  const last = lastAnswer<MeterList>(PATH);
  if (last) {
    platformTz.value = last.data.tz;
    meters.value = entriesOf(last.data);
    metersAtMs.value = last.atMs;
  }
  // Whoever followed a link to a meter stays with it on the next screen.
  effect(() => {
    const asked = route.value.query.get("meter");
    if (asked === null || asked === chosen.peek() || !meters.value?.some(({ id }) => id === asked)) return;
    keep("meter", asked);
    chosen.value = asked;
  });
  let known = token.peek();
  effect(() => {
    void asked.value;
    if (token.value !== known) {
      known = token.value;
      meters.value = undefined;
      metersFailure.value = undefined;
      chosen.value = kept("meter");
    }
    void loadMeters();
  });
  setInterval(loadAgain, EVERY_MS);
}

import type { TariffDay, TimeOfUsePrice, TimeZonePrice } from "@smp/schemas/api";
import { dateOf, monthOf, quarterOfDay, QUARTERS_A_DAY, weekdayOf, type LocalQuarter } from "./clock.ts";

/** A zone, and its window in quarter hours of the day. */
interface Window {
  zone: TimeZonePrice;
  from: number;
  to: number;
}

/** What a window asks of a day. */
interface DayKind {
  name: TariffDay;
  month: number;
}

/**
 * Finds the zone of a time-of-use price: the first one that fits, `zones.length` when none does. A window that crosses
 * midnight belongs as a whole to the day on which it begins.
 */
export class ZoneFinder {
  readonly #windows: readonly Window[];
  readonly #holidays: ReadonlySet<string>;
  readonly #days = new Map<number, readonly number[]>();
  readonly #kinds = new Map<string, readonly number[]>();

  constructor({ zones }: TimeOfUsePrice, holidays: readonly string[]) {
    this.#windows = zones.map((zone) => ({
      zone,
      from: quarterOfDay(zone.from ?? "00:00"),
      to: quarterOfDay(zone.to ?? "24:00"),
    }));
    this.#holidays = new Set(holidays);
  }

  at({ day, ofDay }: LocalQuarter): number {
    let zones = this.#days.get(day);
    if (!zones) this.#days.set(day, (zones = this.#zonesOf(day)));
    return zones[ofDay] ?? this.#windows.length;
  }

  /** The zone of each quarter hour of a day; days of the same kind share it. */
  #zonesOf(day: number): readonly number[] {
    const [yesterday, today] = [this.#kind(day - 1), this.#kind(day)];
    const key = `${yesterday.name} ${yesterday.month} ${today.name} ${today.month}`;
    let found = this.#kinds.get(key);
    if (!found) this.#kinds.set(key, (found = this.#painted(today, yesterday)));
    return found;
  }

  /** The first window that fits counts: it is painted last. */
  #painted(today: DayKind, yesterday: DayKind): number[] {
    const zones = Array<number>(QUARTERS_A_DAY).fill(this.#windows.length);
    for (let index = this.#windows.length - 1; index >= 0; index--) {
      const { zone, from, to } = this.#windows[index]!;
      const begins = onDay(zone, today);
      if (from < to) {
        if (begins) zones.fill(index, from, to);
        continue;
      }
      if (begins) zones.fill(index, from);
      if (onDay(zone, yesterday)) zones.fill(index, 0, to);
    }
    return zones;
  }

  #kind(day: number): DayKind {
    return {
      name: this.#holidays.has(dateOf(day)) ? "holiday" : weekdayOf(day),
      month: monthOf(day),
    };
  }
}

const onDay = ({ days, months }: TimeZonePrice, { name, month }: DayKind): boolean =>
  (days === undefined || days.includes(name)) && (months === undefined || months.includes(month));

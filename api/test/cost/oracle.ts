import { QUARTER_HOUR_MS } from "@smp/schemas";
import type { PriceComponent, Tariff, TimeZonePrice } from "@smp/schemas/api";

/**
 * Costs once more, as plainly as can be: fractions of whole numbers instead of scaled decimals, the runtime's calendar
 * instead of ours, every quarter hour on its own. Slow, and shares no line with the engine.
 */

/** An exact fraction; the divisor is positive. */
export type Fraction = [bigint, bigint];
const ZERO: Fraction = [0n, 1n];
export const add = (a: Fraction, b: Fraction): Fraction => [a[0] * b[1] + b[0] * a[1], a[1] * b[1]];
const times = (a: Fraction, b: Fraction): Fraction => [a[0] * b[0], a[1] * b[1]];
const less = (a: Fraction, b: Fraction): boolean => a[0] * b[1] < b[0] * a[1];
export const same = (a: Fraction, b: Fraction): boolean => a[0] * b[1] === b[0] * a[1];
export function fraction(text: string): Fraction {
  const [whole = "", decimals = ""] = text.replace("-", "").split(".");
  const size = BigInt(whole + decimals);
  return [text.startsWith("-") ? -size : size, 10n ** BigInt(decimals.length)];
}

export interface Clock {
  date: string;
  weekday: string;
  month: number;
  minutes: number;
}
const formats = new Map<string, Intl.DateTimeFormat>();
export function clockOf(ms: number, tz: string): Clock {
  const known = formats.get(tz);
  const format =
    known ??
    new Intl.DateTimeFormat("en-GB", {
      timeZone: tz,
      hourCycle: "h23",
      weekday: "short",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
    });
  formats.set(tz, format);
  const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  return {
    date: `${parts["year"]}-${parts["month"]}-${parts["day"]}`,
    weekday: parts["weekday"]!.slice(0, 2).toLowerCase(),
    month: Number(parts["month"]),
    minutes: Number(parts["hour"]) * 60 + Number(parts["minute"]),
  };
}
/** The hour that the clock on the wall shows, and by which of its times. */
function hourOf(ms: number, tz: string): string {
  const key = `${tz} hour`;
  const format =
    formats.get(key) ??
    new Intl.DateTimeFormat("en-GB", {
      timeZone: tz,
      hour: "2-digit",
      hourCycle: "h23",
      timeZoneName: "longOffset",
    });
  formats.set(key, format);
  return format.format(ms);
}
const dayBefore = (clock: Clock): Clock => {
  const date = new Date(Date.parse(`${clock.date}T12:00:00Z`) - 86_400_000);
  return {
    date: date.toISOString().slice(0, 10),
    weekday: date.toUTCString().slice(0, 2).toLowerCase(),
    month: date.getUTCMonth() + 1,
    minutes: clock.minutes + 1440,
  };
};

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
function inZone(zone: TimeZonePrice, clock: Clock, holidays: readonly string[]): boolean {
  const from = minutesOf(zone.from ?? "00:00");
  const end = minutesOf(zone.to ?? "24:00");
  const to = end > from ? end : end + 1440;
  return [clock, dayBefore(clock)].some(({ date, weekday, month, minutes }) => {
    const day = holidays.includes(date) ? "holiday" : weekday;
    return (
      minutes >= from &&
      minutes < to &&
      (zone.days === undefined || (zone.days as string[]).includes(day)) &&
      (zone.months === undefined || zone.months.includes(month))
    );
  });
}

export type SeriesAt = (id: string, ms: number) => string | undefined;

function netPrice(
  component: PriceComponent,
  ms: number,
  tz: string,
  tariff: Tariff,
  series: SeriesAt,
): Fraction | undefined {
  if (component.kind === "fixed") return fraction(component.price);
  if (component.kind === "time-of-use") {
    const clock = clockOf(ms, tz);
    const zone = component.zones.find((candidate) => inZone(candidate, clock, tariff.holidays ?? []));
    return fraction((zone ?? component.otherwise).price);
  }
  const quarters =
    component.slot === "1h"
      ? [-3, -2, -1, 0, 1, 2, 3]
          .map((index) => ms + index * QUARTER_HOUR_MS)
          .filter((quarter) => hourOf(quarter, tz) === hourOf(ms, tz))
      : [ms];
  const texts = quarters.map((quarter) => series(component.series, quarter));
  if (texts.includes(undefined)) return undefined;
  const sum = texts.map((text) => fraction(text!)).reduce(add, ZERO);
  const mean: Fraction = [sum[0], sum[1] * BigInt(quarters.length)];
  let price = add(times(mean, fraction(component.factor ?? "1")), fraction(component.markup ?? "0"));
  const { minimum, maximum } = component;
  if (minimum !== undefined && less(price, fraction(minimum))) price = fraction(minimum);
  if (maximum !== undefined && less(fraction(maximum), price)) price = fraction(maximum);
  return price;
}

/** The end price of a kWh in a quarter hour; undefined while it is unknown. */
export function endPrice(
  tariff: Tariff,
  direction: "import" | "export",
  ms: number,
  tz: string,
  series: SeriesAt,
): Fraction | undefined {
  let sum = ZERO;
  for (const component of tariff[direction]) {
    const net = netPrice(component, ms, tz, tariff, series);
    if (net === undefined) return undefined;
    const vat = (component.vat ?? direction === "import") ? fraction(tariff.vat_percent) : ZERO;
    sum = add(sum, times(net, add([1n, 1n], times(vat, [1n, 100n]))));
  }
  return sum;
}

/** The contract that counts for a meter in a quarter hour. */
export function contractAt(
  tariffs: readonly Tariff[],
  meter: string,
  ms: number,
  tz: string,
): Tariff | undefined {
  const { date } = clockOf(ms, tz);
  const inForce = tariffs.filter(
    ({ valid_from, valid_to }) => valid_from <= date && (valid_to === null || date < valid_to),
  );
  return (
    inForce.find(({ meters }) => meters?.includes(meter)) ?? inForce.find(({ meters }) => meters === null)
  );
}

/** Price × Wh as a fraction of the currency. */
export const costOf = (price: Fraction, wh: number): Fraction => times(price, [BigInt(wh), 1000n]);

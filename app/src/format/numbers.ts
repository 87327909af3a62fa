import { locale } from "../i18n.ts";
import { SPACE } from "./parted.ts";

const formats = new Map<string, Intl.NumberFormat>();
/** Making a format costs a phone more than using it. */
function formatOf(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale.value}${JSON.stringify(options)}`;
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.NumberFormat(locale.value, options);
  formats.set(key, made);
  return made;
}

/** A number with a true minus sign, never "−0". */
export function numberText(value: number, digits: number): string {
  const shown = formatOf({ minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
  return /[1-9]/.test(shown) ? shown.replace("-", "−") : shown.replace("-", "");
}

/** Watt below 10 kW with all digits, kilowatt above, megawatt from 10 MW on; the sign is the caller's to show. */
export function powerText(watt: number): string {
  const size = Math.abs(watt);
  if (size >= 10_000_000) return `${numberText(watt / 1_000_000, 1)}${SPACE}MW`;
  return size >= 10_000
    ? `${numberText(watt / 1000, 1)}${SPACE}kW`
    : `${numberText(Math.round(watt), 0)}${SPACE}W`;
}

/** An end of a scale, in whole kilowatts. */
export const scaleText = (watt: number): string => `${numberText(watt / 1000, 0)}${SPACE}kW`;

/** Kilowatt hours with as many digits as a household cares for; of a million on megawatt hours. */
export function energyText(kwh: number): string {
  if (Math.abs(kwh) >= 1_000_000) return `${numberText(kwh / 1000, 0)}${SPACE}MWh`;
  return `${numberText(kwh, Math.abs(kwh) >= 100 ? 0 : Math.abs(kwh) >= 10 ? 1 : 2)}${SPACE}kWh`;
}

export const percentText = (share: number): string =>
  formatOf({ style: "percent", maximumFractionDigits: 0 }).format(share).replace("-", "−");

/** Coverage: 100 % only when nothing is missing. */
export const coverageText = (share: number): string =>
  percentText(share < 1 ? Math.min(0.99, Math.floor(share * 100) / 100) : 1);

/** `1 Stunde`, `30 Minuten`: how far apart readings lie. */
export function apartText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  const [count, unit] = minutes % 60 === 0 ? [minutes / 60, "hour"] : [minutes, "minute"];
  return formatOf({ style: "unit", unit, unitDisplay: "long" }).format(count);
}

/** `+12 %`, `−3 %`. */
export const changeText = (share: number): string =>
  formatOf({ style: "percent", maximumFractionDigits: 0, signDisplay: "exceptZero" })
    .format(share)
    .replace("-", "−");

/** A register's value with every digit that the meter sent; counters in the unit of the meter's own display. */
export function exactText(value: number, unit: string): string {
  if (/^(?:Wh|varh)$/.test(unit))
    return `${formatOf({ minimumFractionDigits: 3, maximumFractionDigits: 6 }).format(value / 1000)}${SPACE}k${unit}`;
  const digits = formatOf({ maximumFractionDigits: 6 }).format(value).replace("-", "−");
  return unit === "1" || unit === "" ? digits : `${digits}${SPACE}${unit === "m3" ? "m³" : unit}`;
}

/** An exact decimal amount of the API, rounded half up to the currency's cents: only here, and only to be read. */
export function moneyText(amount: string | number, currency: string): string {
  const shown = formatOf({ style: "currency", currency }).format(amount as Intl.StringNumericLiteral);
  return /[1-9]/.test(shown) ? shown.replace("-", "−") : shown.replace("-", "");
}

/** The unit of prices per kWh: `ct`. */
export const centUnit = (currency: string): string => (currency === "EUR" ? "ct" : `${currency}/100`);

/** The main unit as people write it: `€`. */
export const currencyUnit = (currency: string): string => (currency === "EUR" ? "€" : currency);

/** A price per kWh in cents, as bills have it: `28,99 ct`. */
export function priceText(price: string | number, currency: string): string {
  return `${numberText(Number(price) * 100, 2)}${SPACE}${centUnit(currency)}`;
}

/** What a price is multiplied by, with every digit that it has. */
export const factorText = (factor: string): string =>
  formatOf({ minimumFractionDigits: 2, maximumFractionDigits: 10 }).format(Number(factor));

/** `€ 64–67`: an estimate, in whole units. */
export const moneyRangeText = (low: number, high: number, currency: string): string =>
  formatOf({ style: "currency", currency, maximumFractionDigits: 0 })
    .formatRange(Math.round(low), Math.round(high))
    .replaceAll("-", "−");

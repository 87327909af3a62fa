import { locale } from "./i18n.ts";

/** Keeps number and unit on one line. */
export const SPACE = "\u00a0";

const number = (value: number, digits: number): string =>
  new Intl.NumberFormat(locale.value, { minimumFractionDigits: digits, maximumFractionDigits: digits })
    .format(value)
    .replace("-", "−");

/** Watt below 10 kW with all digits, kilowatt above; the sign is the caller's to show. */
export function powerText(watt: number): string {
  return Math.abs(watt) >= 10_000
    ? `${number(watt / 1000, 1)}${SPACE}kW`
    : `${number(Math.round(watt) || 0, 0)}${SPACE}W`;
}

/** An end of a scale, in whole kilowatts. */
export const scaleText = (watt: number): string => `${number(watt / 1000, 0)}${SPACE}kW`;

/** Kilowatt hours with as many digits as a household cares for. */
export function energyText(kwh: number): string {
  return `${number(kwh, Math.abs(kwh) >= 100 ? 0 : Math.abs(kwh) >= 10 ? 1 : 2)}${SPACE}kWh`;
}

export function percentText(share: number): string {
  return new Intl.NumberFormat(locale.value, { style: "percent", maximumFractionDigits: 0 }).format(share);
}

/** A register's value with every digit that the meter sent. */
export function exactText(value: number, unit: string): string {
  const digits = new Intl.NumberFormat(locale.value, { maximumFractionDigits: 6 }).format(value);
  return unit === "1" || unit === "" ? digits : `${digits}${SPACE}${unit === "m3" ? "m³" : unit}`;
}

/** `3 s`, `2 min`, `5 h`, `3 d`. */
export function ageText(ageMs: number): string {
  const seconds = Math.max(0, Math.round(ageMs / 1000));
  if (seconds < 60) return `${seconds}${SPACE}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}${SPACE}min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}${SPACE}h`;
  return `${Math.floor(seconds / 86_400)}${SPACE}d`;
}

/** Clock time in the meter's zone; with the date when it is not today. */
export function clockText(ms: number, tz: string, options: { seconds?: boolean } = {}): string {
  const day = new Intl.DateTimeFormat("en-CA", { timeZone: tz, dateStyle: "short" });
  const today = day.format(Date.now()) === day.format(ms);
  return new Intl.DateTimeFormat(locale.value, {
    timeZone: tz,
    hour: "2-digit",
    minute: "2-digit",
    ...(options.seconds ? { second: "2-digit" } : {}),
    ...(today ? {} : { day: "numeric", month: "short", year: "numeric" }),
  }).format(ms);
}

/** The date in the meter's zone, `2026-03-29`: what the API takes as midnight there. */
export function dateIn(ms: number, tz: string): string {
  return new Intl.DateTimeFormat("en-CA", {
    timeZone: tz,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).format(ms);
}

import { DAY_MS, HOUR_MS, MINUTE_MS } from "@smp/schemas";

/** A wall clock's fields in Austria, and its distance to UTC as DLMS counts it (UTC = local + deviation). */
export interface AustrianTime {
  year: number;
  month: number;
  day: number;
  /** 1 is Monday, 7 Sunday. */
  weekday: number;
  hour: number;
  minute: number;
  second: number;
  /** Minutes: -60 in winter, -120 in summer. */
  deviation: number;
  summer: boolean;
}

/** The meter's own reckoning of CET and CEST: a fixed rule in its firmware, no time zone database. */
export function austrianTime(instantMs: number): AustrianTime {
  const summer = isSummerTime(instantMs);
  const deviation = summer ? -120 : -60;
  const local = new Date(instantMs - deviation * MINUTE_MS);
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    weekday: local.getUTCDay() === 0 ? 7 : local.getUTCDay(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
    deviation,
    summer,
  };
}

/** Directive 2000/84/EC: from 01:00 UTC on March's last Sunday to 01:00 UTC on October's last Sunday. */
function isSummerTime(instantMs: number): boolean {
  const year = new Date(instantMs).getUTCFullYear();
  return instantMs >= lastSundayMs(year, 2) + HOUR_MS && instantMs < lastSundayMs(year, 9) + HOUR_MS;
}

function lastSundayMs(year: number, month: number): number {
  const lastDay = new Date(Date.UTC(year, month + 1, 0));
  return lastDay.getTime() - lastDay.getUTCDay() * DAY_MS;
}

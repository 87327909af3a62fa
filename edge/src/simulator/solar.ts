import { smooth, uniform } from "./random.ts";

/** Middle of Austria; solar noon at 14° E is 4 minutes after 11:00 UTC. */
const LATITUDE = (47.7 * Math.PI) / 180;
const SOLAR_NOON_UTC_MINUTE = 664;
/** Sets the yield to about 1,000 kWh for each kWp and year. */
const PERFORMANCE = 1.1;

/** Power of unshaded panels in this minute of a UTC day (counted from 1970-01-01), under passing clouds; whole watts. */
export function solarPowerW(seed: number, kwp: number, utcDay: number, minute: number): number {
  const declination = -0.409 * Math.cos((2 * Math.PI * (utcDay + 10)) / 365.2425);
  const hourAngle = ((minute - SOLAR_NOON_UTC_MINUTE) / 1440) * 2 * Math.PI;
  const sunHeight =
    Math.sin(LATITUDE) * Math.sin(declination) +
    Math.cos(LATITUDE) * Math.cos(declination) * Math.cos(hourAngle);
  if (sunHeight <= 0) return 0;
  const share = Math.min(1, PERFORMANCE * sunHeight ** 1.15 * clearness(seed, utcDay, minute));
  return Math.round(kwp * 1000 * share);
}

/** 0.1 (overcast) to 1 (clear): the day's weather, and clouds of some ten minutes. */
function clearness(seed: number, utcDay: number, minute: number): number {
  const day = uniform(seed, utcDay, 31);
  const cloud = smooth((place) => uniform(seed, place, 32), utcDay * 144 + minute / 10);
  return Math.max(0.1, 0.25 + 0.75 * day - 0.5 * (1 - Math.abs(2 * day - 1)) * cloud);
}

import { DAY_MS, instantsOf, MINUTE_MS, wallClock } from "@smp/schemas";
import type { DateTime } from "./date-time.ts";

/** Arrival times settle the repeated hour only where the meter's clock and ours agree about this well. */
const SKEW_MS_MAX = 20 * MINUTE_MS;

/**
 * Turns a meter's clock readings into instants. A stated deviation is exact and wins. Without one, the reading is wall
 * time in the configured zone; the hour that is repeated in autumn is settled by the daylight-saving bit, else by the
 * arrival time, else by the order of the readings, else it stays unknown.
 */
export class MeterClock {
  readonly #zone: string;
  #latestMs: number | null = null;
  /** Some meters never set the bit, so that "not set" means winter only for a meter that has set it before. */
  #setsDaylightSaving = false;

  constructor(zone: string) {
    this.#zone = zone;
  }

  /**
   * A reading whose summer or winter time is stated by a letter or a bit that is always right (DSMR, AMIS), with the
   * offset that follows from it; one without stays as it is.
   */
  withLetter(time: DateTime): DateTime {
    if (time.daylightSaving === null || time.offsetMinutes !== null) return time;
    const year = new Date(time.localMs).getUTCFullYear();
    const [january, july] = [0, 6].map((month) => offsetMs(Date.UTC(year, month, 1), this.#zone)) as [
      number,
      number,
    ];
    const winter = Math.min(january, july) / MINUTE_MS;
    return { ...time, offsetMinutes: time.daylightSaving ? winter + 60 : winter };
  }

  /** Unix ms UTC; null when the meter calls its clock invalid or the instant cannot be known. */
  toInstant(time: DateTime, nowMs: number): number | null {
    if (time.daylightSaving === true) this.#setsDaylightSaving = true;
    if (time.quality === "invalid") return null;
    const instant =
      time.offsetMinutes === null
        ? this.#fromWallTime(time, nowMs)
        : time.localMs - time.offsetMinutes * MINUTE_MS;
    if (instant !== null) this.#latestMs = instant;
    return instant;
  }

  #fromWallTime(time: DateTime, nowMs: number): number | null {
    const [earlier, later] = instantsOf(time.localMs, this.#zone);
    // The hour that spring leaves out: a clock that shows it has stayed on winter time.
    if (earlier === undefined) return time.localMs - offsetMs(time.localMs - DAY_MS, this.#zone);
    if (later === undefined) return earlier;
    return this.#repeatedHour(earlier, later, time.daylightSaving, nowMs);
  }

  #repeatedHour(
    earlier: number,
    later: number,
    daylightSaving: boolean | null,
    nowMs: number,
  ): number | null {
    if (daylightSaving === true) return earlier;
    if (daylightSaving === false && this.#setsDaylightSaving) return later;
    const near = [earlier, later].filter((ms) => Math.abs(nowMs - ms) <= SKEW_MS_MAX);
    if (near.length === 1) return near[0] as number;
    if (this.#latestMs === null || this.#latestMs < earlier - DAY_MS) return null;
    return this.#latestMs <= earlier ? earlier : later;
  }
}

/** Local minus UTC of an IANA zone at an instant. */
const offsetMs = (ms: number, zone: string): number => wallClock(ms, zone) - ms;

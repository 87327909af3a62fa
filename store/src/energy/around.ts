import { DAY_MS, QUARTER_HOUR_MS } from "@smp/schemas";

/** A hole of a month is read faster than two times are asked for. */
const HOLE_MS_MAX = 31 * DAY_MS;

interface Time {
  from: number;
  to: number;
}

/**
 * The times that hold a range and some quarter hours around it, in order and few: what lies far away is read apart, for years
 * may lie in between. The quarter hours must be, for each counter, the nearest ones on both sides that hold it and all that may.
 */
export function timesOf(range: Time, quarters: readonly number[]): Time[] {
  const times: Time[] = [];
  const all = [range, ...quarters.map((from) => ({ from, to: from + QUARTER_HOUR_MS }))];
  for (const { from, to } of all.sort((a, b) => a.from - b.from)) {
    const last = times.at(-1);
    if (last && from - last.to <= HOLE_MS_MAX) last.to = Math.max(last.to, to);
    else times.push({ from, to });
  }
  return times;
}

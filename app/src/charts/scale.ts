const STEPS_W = [1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 1_000_000, 100_000_000];

/** Ends of the gauge in W; `min` is 0 or negative. */
export interface Scale {
  min: number;
  max: number;
}

/** The scale that holds every value seen, in round steps, so that it does not jump about. */
export function scaleOf(seenW: readonly number[]): Scale {
  const step = (watt: number): number => STEPS_W.find((candidate) => candidate >= watt) ?? watt;
  const top = seenW.reduce((most, watt) => Math.max(most, watt), 1);
  const bottom = seenW.reduce((least, watt) => Math.min(least, watt), 0);
  return { min: bottom < 0 ? -step(-bottom) : 0, max: step(top) };
}

/**
 * Random numbers by position instead of by sequence: the same seed and place always give the same number, in any order
 * and after any restart. (The finaliser of MurmurHash3, applied once per argument.)
 */
export function hash(seed: number, place: number, stream = 0): number {
  return mix(mix(mix(seed >>> 0) ^ (place >>> 0)) ^ Math.imul(stream, 0x9e3779b1)) >>> 0;
}

/** A number in [0, 1). */
export function uniform(seed: number, place: number, stream = 0): number {
  return hash(seed, place, stream) / 0x1_0000_0000;
}

/** Between the values at the whole numbers around a position, in a straight line. */
export function smooth(value: (place: number) => number, position: number): number {
  const before = Math.floor(position);
  const share = position - before;
  return (1 - share) * value(before) + share * value(before + 1);
}

function mix(input: number): number {
  let h = (input + 0x9e3779b9) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

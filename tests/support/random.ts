/** Mulberry32: numbers in [0, 1), small, and the same everywhere for the same seed. */
export function random(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The list in random order. */
export function shuffled<T>(list: readonly T[], chance: () => number): T[] {
  return list
    .map((value) => ({ value, key: chance() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ value }) => value);
}

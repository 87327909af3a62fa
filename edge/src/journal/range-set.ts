/** Closed ranges of whole numbers, `[from, to]`. */
export type Range = readonly [from: number, to: number];

/**
 * A set of whole numbers, kept as sorted ranges that never touch. What the journal's acknowledgements are: nearly
 * always one or two ranges, however many numbers.
 */
export class RangeSet {
  #ranges: Range[] = [];

  constructor(ranges: Iterable<Range> = []) {
    for (const [from, to] of ranges) this.add(from, to);
  }

  get ranges(): readonly Range[] {
    return this.#ranges;
  }

  add(from: number, to: number): void {
    if (from > to) return;
    const at = this.#firstEndingAtOrAfter(from - 1);
    let end = at;
    let [low, high] = [from, to];
    for (let range = this.#ranges[end]; range && range[0] <= to + 1; range = this.#ranges[++end]) {
      low = Math.min(low, range[0]);
      high = Math.max(high, range[1]);
    }
    this.#ranges.splice(at, end - at, [low, high]);
  }

  remove(from: number, to: number): void {
    if (from > to) return;
    const at = this.#firstEndingAtOrAfter(from);
    const rest: Range[] = [];
    let end = at;
    for (let range = this.#ranges[end]; range && range[0] <= to; range = this.#ranges[++end]) {
      if (range[0] < from) rest.push([range[0], from - 1]);
      if (range[1] > to) rest.push([to + 1, range[1]]);
    }
    this.#ranges.splice(at, end - at, ...rest);
  }

  has(value: number): boolean {
    return this.#rangeOf(value) !== undefined;
  }

  /** The smallest number from `value` upwards that is not in the set. */
  gapUp(value: number): number {
    return (this.#rangeOf(value)?.[1] ?? value - 1) + 1;
  }

  /** The largest number from `value` downwards that is not in the set. */
  gapDown(value: number): number {
    return (this.#rangeOf(value)?.[0] ?? value + 1) - 1;
  }

  /** How many numbers of [from, to] are in the set. */
  count(from: number, to: number): number {
    let sum = 0;
    for (let at = this.#firstEndingAtOrAfter(from); at < this.#ranges.length; at++) {
      const range = this.#ranges[at];
      if (!range || range[0] > to) break;
      sum += Math.min(range[1], to) - Math.max(range[0], from) + 1;
    }
    return sum;
  }

  #rangeOf(value: number): Range | undefined {
    const range = this.#ranges[this.#firstEndingAtOrAfter(value)];
    return range && range[0] <= value ? range : undefined;
  }

  #firstEndingAtOrAfter(value: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ranges[middle]?.[1] ?? Infinity) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

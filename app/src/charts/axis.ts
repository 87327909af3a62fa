/** Round numbers that span the values: 3 to 5 lines, zero among them. */
export function ticksOf(least: number, most: number): number[] {
  const low = Math.min(0, least);
  const high = Math.max(0, most);
  if (low === high) return [0, 1];
  const rough = (high - low) / 3;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * magnitude >= rough) ?? 10) * magnitude;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

/** Every n-th label, so that none touches the next. */
export function labelStep(count: number, width: number, labelWidth: number): number {
  const fits = Math.max(1, Math.floor(width / labelWidth));
  const rough = Math.ceil(count / fits);
  return [1, 2, 3, 4, 5, 6, 7, 8, 12, 24].find((step) => step >= rough) ?? rough;
}

/** Decimals that a tick's step needs. */
export const tickDigits = (ticks: readonly number[]): number => {
  const step = Math.abs((ticks[1] ?? 1) - (ticks[0] ?? 0));
  return step >= 1 && Number.isInteger(step)
    ? 0
    : step * 10 >= 1 && Number.isInteger(Math.round(step * 100) / 10)
      ? 1
      : 2;
};

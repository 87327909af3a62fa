const POWERS_OF_TEN = Array.from({ length: 16 }, (_, exponent) => Number(`1e${exponent}`));

/**
 * `raw` times 10 to the `scaler`, as the double nearest to the decimal value: 2337 and -1 give 233.7.
 * `undefined` where a double cannot hold it exactly enough, or the scaler is none that a meter uses.
 */
export function scaled(raw: number | bigint, scaler: number): number | undefined {
  const power = POWERS_OF_TEN[Math.abs(scaler)];
  if (power === undefined || !Number.isInteger(scaler)) return undefined;
  const value = Number(raw);
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) return undefined;
  // Both operands are exact, so IEEE 754 division yields the nearest double; multiplying by 0.1 would not.
  const result = scaler < 0 ? value / power : value * power;
  if (Number.isInteger(value) && scaler > 0 && !Number.isSafeInteger(result)) return undefined;
  return result === 0 ? 0 : result;
}

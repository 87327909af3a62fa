/**
 * Exact decimals as integers of a fixed scale: the text "0.0841" at 4 decimals is 841n. Sums and products of such integers
 * are exact, and nothing is ever rounded.
 */
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/** Reads a plain decimal text at a scale; throws a RangeError when it is none or has more decimals than fit. */
export function parseDecimal(text: string, decimals: number): bigint {
  const match = DECIMAL.exec(text);
  const fraction = match?.[3] ?? "";
  if (!match || fraction.length > decimals)
    throw new RangeError(`${JSON.stringify(text)} is no decimal number with at most ${decimals} decimals`);
  const size = BigInt(`${match[2]}${fraction.padEnd(decimals, "0")}`);
  return match[1] === "-" ? -size : size;
}

/**
 * Writes all decimals that count, and at least two.
 *
 * @example formatDecimal(parseDecimal("1.9", 8), 8) // "1.90"
 */
export function formatDecimal(value: bigint, decimals: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits
    .slice(digits.length - decimals)
    .replace(/0+$/, "")
    .padEnd(2, "0");
  return `${value < 0n ? "-" : ""}${whole}.${fraction}`;
}

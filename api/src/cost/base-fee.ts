import { bucketBounds } from "@smp/schemas";
import type { BaseFee, Tariff } from "@smp/schemas/api";
import { parseDecimal } from "./decimal.ts";
import { vatFactor } from "./price.ts";

/** Decimals of an accrued fee: 6 of the fee, 4 of the VAT. */
export const FEE_DECIMALS = 10;
const AMOUNT_DECIMALS = 6;

/**
 * A base fee that accrues evenly over its day, month or year by the meter's clock.
 *
 * What has accrued at an instant is the fee × elapsed time ÷ length of the unit, cut off after ten decimals; what accrues
 * in a stretch is the difference of two such values. So stretches that follow each other add up exactly, whatever their
 * length, and a whole unit is exactly the fee, whether it has 28 days or an hour more.
 */
export class AccruingFee {
  readonly name: string;
  readonly #amount: bigint;
  readonly #bounds: readonly number[];

  /** `range`: where it will be asked. */
  constructor(fee: BaseFee, tariff: Tariff, tz: string, range: { from: number; to: number }) {
    this.name = fee.name;
    this.#amount = parseDecimal(fee.amount, AMOUNT_DECIMALS) * vatFactor(tariff, fee.vat ?? true);
    this.#bounds = bucketBounds(range.from, range.to, fee.per, tz);
  }

  /** What accrues in [from, to), FEE_DECIMALS. */
  in(from: number, to: number): bigint {
    return this.#until(to) - this.#until(from);
  }

  /** Whole units since the first bound, and the part of the unit that is under way. */
  #until(ms: number): bigint {
    const unit = this.#unitAt(ms);
    const [start = 0, end = 1] = this.#bounds.slice(unit, unit + 2);
    const part = (this.#amount * BigInt(ms - start)) / BigInt(end - start);
    return this.#amount * BigInt(unit) + part;
  }

  /** The last unit that begins at or before an instant. */
  #unitAt(ms: number): number {
    let [low, high] = [0, this.#bounds.length - 2];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#bounds[middle] ?? Infinity) <= ms) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

import { FEE_DECIMALS } from "./base-fee.ts";
import { PRICE_DECIMALS, type PartName, type PriceLine } from "./price.ts";

/** Decimals of an amount: a price times whole Wh, which are 3 decimals of a kWh. */
export const AMOUNT_DECIMALS: number = PRICE_DECIMALS + 3;
const FEE_SCALE = 10n ** BigInt(AMOUNT_DECIMALS - FEE_DECIMALS);

export type Direction = "import" | "export";

export interface PartSum extends PartName {
  direction: Direction | "base";
  /** null for a base fee. */
  wh: number | null;
  amount: bigint;
}

/**
 * What a stretch of time cost. Amounts have AMOUNT_DECIMALS; undefined means that nothing of it is known, which is not 0.
 */
export class CostSum {
  readonly wh: Record<Direction, number | null> = { import: null, export: null };
  readonly amount: Record<Direction, bigint | undefined> = { import: undefined, export: undefined };
  baseFee: bigint | undefined;
  estimatedWh = 0;
  unpricedWh = 0;
  quartersSeen = 0;
  readonly #parts = new Map<string, PartSum>();

  /** Adds a quarter hour's energy at the prices of its lines; without lines there is no price for it. */
  addEnergy(direction: Direction, wh: number, lines: readonly PriceLine[] | undefined): void {
    this.wh[direction] = (this.wh[direction] ?? 0) + wh;
    if (lines === undefined) {
      this.unpricedWh += wh;
      return;
    }
    let sum = this.amount[direction] ?? 0n;
    if (wh > 0) {
      const exact = BigInt(wh);
      for (const { part, price } of lines) {
        const amount = price * exact;
        sum += amount;
        this.#add({ ...part, direction, wh, amount });
      }
    }
    this.amount[direction] = sum;
  }

  /** The fees of a contract that counts, perhaps none; amounts have FEE_DECIMALS. */
  addFees(fees: readonly { name: string; amount: bigint }[]): void {
    this.baseFee ??= 0n;
    for (const fee of fees) {
      const amount = fee.amount * FEE_SCALE;
      this.baseFee += amount;
      this.#add({ name: fee.name, direction: "base", wh: null, amount });
    }
  }

  addAll(other: CostSum): void {
    for (const direction of ["import", "export"] as const) {
      this.wh[direction] = plus(this.wh[direction], other.wh[direction]);
      const amount = other.amount[direction];
      if (amount !== undefined) this.amount[direction] = (this.amount[direction] ?? 0n) + amount;
    }
    if (other.baseFee !== undefined) this.baseFee = (this.baseFee ?? 0n) + other.baseFee;
    this.estimatedWh += other.estimatedWh;
    this.unpricedWh += other.unpricedWh;
    this.quartersSeen += other.quartersSeen;
    for (const part of other.#parts.values()) this.#add(part);
  }

  /** Import and base fees less what the export earned. */
  get total(): bigint | undefined {
    const { import: imported, export: exported } = this.amount;
    if (imported === undefined && exported === undefined && this.baseFee === undefined) return undefined;
    return (imported ?? 0n) + (this.baseFee ?? 0n) - (exported ?? 0n);
  }

  /** In the order in which they came. */
  get parts(): PartSum[] {
    return [...this.#parts.values()];
  }

  #add({ name, zone, direction, wh, amount }: PartSum): void {
    const key = `${direction}\n${name}\n${zone ?? ""}`;
    const known = this.#parts.get(key);
    if (!known) {
      this.#parts.set(key, { name, ...(zone === undefined ? {} : { zone }), direction, wh, amount });
      return;
    }
    known.wh = plus(known.wh, wh);
    known.amount += amount;
  }
}

const plus = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : a + b);

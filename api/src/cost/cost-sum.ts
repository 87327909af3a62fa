import { plus } from "../meters/energy.ts";
import { FEE_DECIMALS } from "./base-fee.ts";
import { PRICE_DECIMALS, type PriceLine, type PricePart } from "./price.ts";

/** Decimals of an amount: a price times whole Wh, which are 3 decimals of a kWh. */
export const AMOUNT_DECIMALS: number = PRICE_DECIMALS + 3;
const FEE_SCALE = 10n ** BigInt(AMOUNT_DECIMALS - FEE_DECIMALS);

export type Direction = "import" | "export";

export interface PartSum {
  name: string;
  zone?: string;
  direction: Direction | "base";
  /** null for a base fee. */
  wh: number | null;
  amount: bigint;
}

/** Energy under one price part; `net` is the sum of Wh × price before VAT, where the price changes. */
interface Tally {
  wh: number;
  net: bigint;
}

/**
 * What a stretch of time cost. Amounts have AMOUNT_DECIMALS; undefined means that nothing of it is known, which is not 0.
 * Energy is tallied first, and multiplied by constant prices and VAT once.
 */
export class CostSum {
  readonly wh: Record<Direction, number | null> = { import: null, export: null };
  baseFee: bigint | undefined;
  estimatedWh = 0;
  unpricedWh = 0;
  quartersSeen = 0;
  readonly #priced: Record<Direction, boolean> = { import: false, export: false };
  readonly #tallies: Record<Direction, Map<PricePart, Tally>> = { import: new Map(), export: new Map() };
  readonly #parts = new Map<string, PartSum>();

  /** Adds a quarter hour's energy at the prices of its lines; without lines there is no price for it. */
  addEnergy(direction: Direction, wh: number, lines: readonly PriceLine[] | undefined): void {
    this.wh[direction] = (this.wh[direction] ?? 0) + wh;
    if (lines === undefined) {
      this.unpricedWh += wh;
      return;
    }
    this.#priced[direction] = true;
    if (wh === 0) return;
    for (const { part, net } of lines) {
      let tally = this.#tallies[direction].get(part);
      if (!tally) this.#tallies[direction].set(part, (tally = { wh: 0, net: 0n }));
      tally.wh += wh;
      if (part.net === undefined) tally.net += net * BigInt(wh);
    }
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
      this.#priced[direction] ||= other.#priced[direction];
    }
    if (other.baseFee !== undefined) this.baseFee = (this.baseFee ?? 0n) + other.baseFee;
    this.estimatedWh += other.estimatedWh;
    this.unpricedWh += other.unpricedWh;
    this.quartersSeen += other.quartersSeen;
    for (const part of other.parts) this.#add(part);
  }

  /** What the energy of a direction amounts to. */
  amount(direction: Direction): bigint | undefined {
    if (!this.#priced[direction]) return undefined;
    return this.parts.reduce((sum, part) => (part.direction === direction ? sum + part.amount : sum), 0n);
  }

  /** Import and base fees less what the export earned. */
  get total(): bigint | undefined {
    const [imported, exported] = [this.amount("import"), this.amount("export")];
    if (imported === undefined && exported === undefined && this.baseFee === undefined) return undefined;
    return (imported ?? 0n) + (this.baseFee ?? 0n) - (exported ?? 0n);
  }

  /** In the order in which they came, base fees before what was tallied since. */
  get parts(): PartSum[] {
    for (const direction of ["import", "export"] as const) {
      for (const [{ name, zone, vat, net }, tally] of this.#tallies[direction]) {
        const amount = (net === undefined ? tally.net : net * BigInt(tally.wh)) * vat;
        this.#add({ name, ...(zone === undefined ? {} : { zone }), direction, wh: tally.wh, amount });
      }
      this.#tallies[direction].clear();
    }
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

import type { CostBucket } from "@smp/schemas/api";

/**
 * What went out, and what came in, both not below zero; the difference is the total. At negative prices taking energy earns
 * money, and feeding in costs some.
 */
export function moneyFlows({
  import_cost: cost,
  base_fee: fee,
  export_credit: credit,
}: Pick<CostBucket, "import_cost" | "base_fee" | "export_credit">): { out: number; in: number } {
  const [spent, earned] = [Number(cost ?? 0) + Number(fee ?? 0), Number(credit ?? 0)];
  return {
    out: Math.max(0, spent) + Math.max(0, -earned),
    in: Math.max(0, earned) + Math.max(0, -spent),
  };
}

/** An exact decimal with the other sign: a credit as it is taken off a sum. Feed-in at negative prices has cost money. */
export const opposite = (amount: string): string =>
  amount.startsWith("-") ? amount.slice(1) : /[1-9]/.test(amount) ? `-${amount}` : amount;

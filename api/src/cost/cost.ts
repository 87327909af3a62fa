import { QUARTER_HOUR_MS } from "@smp/schemas";
import { AccruingFee } from "./base-fee.ts";
import { localQuarter } from "./clock.ts";
import type { ContractTime } from "./contracts.ts";
import { CostSum } from "./cost-sum.ts";
import { pricing, type SeriesPrices } from "./price.ts";
import type { QuarterEnergy } from "./quarter-energy.ts";

/** Everything that the cost of a range depends on. */
export interface CostQuestion {
  /** n + 1 for n buckets, full quarter hours. */
  bounds: readonly number[];
  /** The meter's time zone: contracts begin, and the clock of their prices runs, in it. */
  tz: string;
  contracts: readonly ContractTime[];
  energy: QuarterEnergy;
  seriesOf: (id: string) => SeriesPrices;
  /** Base fees have accrued up to here. */
  now: number;
}

/**
 * What each bucket cost: the sum over its quarter hours of energy × price, and the base fees that accrued in it. Every
 * quarter hour is counted in the same way whatever the buckets are, so the buckets of any resolution add up to the same.
 */
export function costs(question: CostQuestion): CostSum[] {
  const sums = question.bounds.slice(1).map(() => new CostSum());
  const bucketOf = bucketFinder(question.bounds);
  for (const time of question.contracts) addEnergy(question, time, sums, bucketOf);
  question.energy.seen.forEach((seen, index) => {
    const sum = sums[bucketOf(question.energy.from + index * QUARTER_HOUR_MS)];
    if (!sum) return;
    sum.quartersSeen += Number(seen);
    sum.estimatedWh += question.energy.estimatedWh[index] ?? 0;
  });
  for (const time of question.contracts) addFees(question, time, sums);
  return sums;
}

/** The whole range as one. */
export function totalCost(sums: readonly CostSum[]): CostSum {
  const total = new CostSum();
  for (const sum of sums) total.addAll(sum);
  return total;
}

/** Which bucket a time is in; to be asked with times that never fall. */
function bucketFinder(bounds: readonly number[]): (ms: number) => number {
  let bucket = 0;
  return (ms) => {
    if (ms < (bounds[bucket] ?? 0)) bucket = 0;
    while (bucket < bounds.length - 2 && ms >= (bounds[bucket + 1] ?? Infinity)) bucket++;
    return bucket;
  };
}

/** The energy of one contract's time at its prices; without a contract there are none. */
function addEnergy(
  { energy, tz, seriesOf }: CostQuestion,
  { tariff, from, to }: ContractTime,
  sums: readonly CostSum[],
  bucketOf: (ms: number) => number,
): void {
  const importAt = tariff ? pricing(tariff, "import", seriesOf) : undefined;
  const exportAt = tariff ? pricing(tariff, "export", seriesOf) : undefined;
  for (let ms = from; ms < to; ms += QUARTER_HOUR_MS) {
    const index = (ms - energy.from) / QUARTER_HOUR_MS;
    const [importWh, exportWh] = [energy.importWh[index] ?? null, energy.exportWh[index] ?? null];
    if (importWh === null && exportWh === null) continue;
    const quarter = localQuarter(ms, tz);
    const sum = sums[bucketOf(ms)];
    if (importWh !== null) sum?.addEnergy("import", importWh, importAt?.(quarter));
    if (exportWh !== null) sum?.addEnergy("export", exportWh, exportAt?.(quarter));
  }
}

/** Base fees accrue while a contract counts, in quarter hours that have begun. */
function addFees(
  { bounds, tz, now }: CostQuestion,
  { tariff, from, to }: ContractTime,
  sums: readonly CostSum[],
): void {
  if (!tariff) return;
  const begun = Math.ceil(now / QUARTER_HOUR_MS) * QUARTER_HOUR_MS;
  const fees = tariff.base_fees.map((fee) => new AccruingFee(fee, tariff, tz, { from, to }));
  sums.forEach((sum, index) => {
    const start = Math.max(from, bounds[index] ?? 0);
    const end = Math.min(to, bounds[index + 1] ?? 0, begun);
    if (start < end) sum.addFees(fees.map((fee) => ({ name: fee.name, amount: fee.in(start, end) })));
  });
}

import { toOffsetString } from "@smp/schemas";
import type { CostBucket, CostPart } from "@smp/schemas/api";
import { coverage, kwh, kwhOrNull } from "../meters/energy.ts";
import { BOUNDS, fields, type Column } from "../export/table.ts";
import type { TimeRange } from "../request/parameters.ts";
import { AMOUNT_DECIMALS, type CostSum, type PartSum } from "./cost-sum.ts";
import { formatDecimal } from "./decimal.ts";

const money = (amount: bigint): string => formatDecimal(amount, AMOUNT_DECIMALS);
const moneyOrNull = (amount: bigint | undefined): string | null =>
  amount === undefined ? null : money(amount);

const DIRECTIONS: readonly PartSum["direction"][] = ["import", "export", "base"];
/** The same order whatever came first. */
const inOrder = (a: PartSum, b: PartSum): number =>
  DIRECTIONS.indexOf(a.direction) - DIRECTIONS.indexOf(b.direction) ||
  a.name.localeCompare(b.name) ||
  (a.zone ?? "").localeCompare(b.zone ?? "");

/** A stretch's cost as the API tells it. */
export function costBucket(sum: CostSum, range: TimeRange, tz: string, now: number): CostBucket {
  return {
    start: toOffsetString(range.from, tz),
    end: toOffsetString(range.to, tz),
    import_kwh: kwhOrNull(sum.wh.import),
    export_kwh: kwhOrNull(sum.wh.export),
    import_cost: moneyOrNull(sum.amount("import")),
    export_credit: moneyOrNull(sum.amount("export")),
    base_fee: moneyOrNull(sum.baseFee),
    total: moneyOrNull(sum.total),
    estimated_kwh: kwh(sum.estimatedWh),
    unpriced_kwh: kwh(sum.unpricedWh),
    coverage: coverage(sum.quartersSeen, range, now),
    parts: sum.parts.toSorted(inOrder).map(({ name, zone, direction, wh, amount }): CostPart => ({
      name,
      ...(zone === undefined ? {} : { zone }),
      direction,
      kwh: kwhOrNull(wh),
      amount: money(amount),
    })),
  };
}

/** A bucket as a row of a file, which has no place for the currency but in each row. */
export type CostRow = CostBucket & { currency: string | null };

/** A file's columns; the parts of a bucket are in JSON and NDJSON only. */
export const COST_COLUMNS: readonly Column<CostRow>[] = [
  ...BOUNDS,
  ...fields<CostRow>("number", "import_kwh", "export_kwh"),
  ...fields<CostRow>("decimal", "import_cost", "export_credit", "base_fee", "total"),
  ...fields<CostRow>("text", "currency"),
  ...fields<CostRow>("number", "estimated_kwh", "unpriced_kwh", "coverage"),
];

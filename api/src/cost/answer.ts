import { toOffsetString } from "@smp/schemas";
import type { CostBucket, CostPart } from "@smp/schemas/api";
import { coverage, kwh, kwhOrNull } from "../energy.ts";
import type { TimeRange } from "../parameters.ts";
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

const COLUMNS = [
  "start",
  "end",
  "import_kwh",
  "export_kwh",
  "import_cost",
  "export_credit",
  "base_fee",
  "total",
  "currency",
  "estimated_kwh",
  "unpriced_kwh",
  "coverage",
] as const;

/** RFC 4180, without the parts; no field here can hold a comma, quote or line break. */
export const costCsv = (buckets: readonly CostBucket[], currency: string | null): string =>
  [
    COLUMNS.join(","),
    ...buckets.map((bucket) => {
      const row = { ...bucket, currency };
      return COLUMNS.map((column) => String(row[column] ?? "")).join(",");
    }),
    "",
  ].join("\r\n");

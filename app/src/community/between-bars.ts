import type { GroupEnergySeries } from "@smp/schemas/api";

type Flow = Pick<GroupEnergySeries["total"], "import_kwh" | "export_kwh">;
const flowKwh = ({ import_kwh: taken, export_kwh: given }: Flow): number => (taken ?? 0) + (given ?? 0);

/** What is in the sum and in none of the bars: it passed between two readings of a member that lie in two of them. */
export const betweenBarsKwh = ({ total, buckets }: { total: Flow; buckets: readonly Flow[] }): number =>
  Math.round((flowKwh(total) - buckets.reduce((sum, bucket) => sum + flowKwh(bucket), 0)) * 1000) / 1000;

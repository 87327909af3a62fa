import { requireScope } from "./authenticate.ts";
import { covers } from "./caller.ts";
import { HttpProblem, quoted } from "../answer/problem.ts";
import type { AppContext } from "../ports.ts";
import type { Services } from "../services.ts";
import { tariffsOf } from "../cost/tariffs.ts";

/** Asked before anything is changed that all meters share. */
export function requireWrite(c: AppContext): void {
  requireScope(c, "write");
}

/**
 * Whether the caller may set what these meters cost; null: every meter. Whoever sets prices by the quarter hour learns the
 * quarter hours' energy from the cost.
 */
export function maySetPrices(c: AppContext, meters: readonly string[] | null): boolean {
  const caller = c.get("caller");
  const isFine = covers(caller.finest, "15m");
  return meters === null
    ? caller.meters === null && isFine
    : meters.every((meter) => caller.canWrite(meter) && (isFine || caller.canRead(meter, "15m")));
}

/** Lets the request on when its caller may change a series of prices: no contract refers to it whose prices are others' to set. */
export async function requireSeries(c: AppContext, services: Services, series: string): Promise<void> {
  requireWrite(c);
  const tariffs = await services.query(c, tariffsOf);
  const using = tariffs.filter((tariff) =>
    [...tariff.import, ...tariff.export].some((part) => part.kind === "dynamic" && part.series === series),
  );
  if (using.every(({ meters }) => maySetPrices(c, meters))) return;
  throw new HttpProblem(
    "forbidden",
    `A contract of meters whose prices the token ${quoted(c.get("caller").name)} may not set refers to ${quoted(series)}.`,
  );
}

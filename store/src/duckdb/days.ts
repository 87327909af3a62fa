import type { DuckDBConnection } from "@duckdb/node-api";
import { QUARTER_HOUR_MS as Q } from "@smp/schemas";
import { columnsOf, emptyTables } from "./columns.ts";

/** Quarter hours of a day UTC. */
export const DAY_QUARTERS = 96;

/** Whether a quarter hour is followed at once by the next one with the counter. */
export const followsSql = (name: string): string => `${name}_next_ms < (b + 2)::BIGINT * ${Q}`;

/** A quarter hour's energy by the rule of energy.ts, but for what passed in gaps. */
export const energySql = (name: string): string =>
  `CASE WHEN ${followsSql(name)} THEN coalesce(${name}_gained, 0) + ${name}_next ELSE ${name}_gained END`;

/** Quarter hours after which there is a gap in a counter. */
export const gapSql: string = `(NOT ${followsSql("imp")} OR NOT ${followsSql("exp")})`;

/** Rows of `days` from the quarter hours that `from` selects; they must be all that their days have. */
export const daysSql = (from: string): string => `
  SELECT meter, b // ${DAY_QUARTERS} AS d, sum(n)::INTEGER AS n, count(*)::INTEGER AS seen, (count(*) FILTER (${gapSql}))::INTEGER AS gaps,
    sum(${energySql("imp")}) AS imp_wh, sum(${energySql("exp")}) AS exp_wh,
    sum(p_sum) AS p_sum, sum(p_n)::INTEGER AS p_n, min(p_min) AS p_min, max(p_max) AS p_max
  ${from} GROUP BY meter, d`;

/** Rolls up the days of the quarter hours in `chain`, in the connection's transaction. */
export async function rollUpDays(connection: DuckDBConnection): Promise<void> {
  await connection.run(`INSERT INTO touched SELECT DISTINCT meter, b // ${DAY_QUARTERS} FROM chain`);
  const [[first] = [], [last] = []] = await columnsOf(connection, "SELECT min(d), max(d) FROM touched");
  if (typeof first !== "number" || typeof last !== "number") return;
  await connection.run(
    `DELETE FROM days USING touched
     WHERE days.d >= ${first} AND days.d <= ${last} AND days.meter = touched.meter AND days.d = touched.d`,
  );
  const touched = `FROM quarters SEMI JOIN touched ON quarters.meter = touched.meter AND quarters.b // ${DAY_QUARTERS} = touched.d
    WHERE quarters.b >= ${first * DAY_QUARTERS} AND quarters.b < ${(last + 1) * DAY_QUARTERS}`;
  await connection.run(`INSERT INTO days ${daysSql(touched)}`);
  await emptyTables(connection, ["touched"]);
}

import { BIGINT, INTEGER, type DuckDBConnection } from "@duckdb/node-api";
import { QUARTER_HOUR_MS } from "@smp/schemas";
import { rollUpDays } from "./days.ts";
import { meterOf, quarterOf, type DirtyQuarters } from "./dirty.ts";
import type { Names } from "./names.ts";
import { writeStates } from "./newest.ts";
import { appendColumns, emptyTables } from "./columns.ts";
import { segmentOf } from "./quarters.ts";
import { aggregateSql, NEXT_COLUMNS, QUARTER_COLUMNS } from "./schema.ts";
import type { LatestReadings } from "../latest.ts";
import type { Swaps } from "../energy/swaps.ts";

export interface RollUpState {
  names: Names;
  latest: LatestReadings;
  dirty: DirtyQuarters;
  swaps: Swaps;
}

/** Per meter: the stretch that is rolled up. */
const STRETCH = `INSERT INTO stretch SELECT meter, min(b), max(b) FROM batch GROUP BY meter`;

/**
 * What the new quarter hours are linked with: all that stay in between, and the nearest ones before and after that have
 * each counter. Small tables first, so that the join never builds on the large one.
 */
const LINKS = `
  INSERT INTO links
  SELECT meter, b FROM quarters JOIN stretch USING (meter) WHERE b BETWEEN low AND high
  UNION
  SELECT meter, unnest([
    max(b) FILTER (b < low AND imp_first IS NOT NULL), max(b) FILTER (b < low AND exp_first IS NOT NULL),
    min(b) FILTER (b > high AND imp_first IS NOT NULL), min(b) FILTER (b > high AND exp_first IS NOT NULL)])
  FROM quarters JOIN stretch USING (meter) GROUP BY meter`;
/** What is rolled up anew stands in the chain already. A quarter hour whose raw readings are gone stays as it is. */
const LINKS_ALONE = `DELETE FROM links USING chain WHERE links.meter = chain.meter AND links.b = chain.b`;
/** Of an exchange inside of it, what was counted across can no longer be taken away: nothing of it counts. */
const KEPT = `
  UPDATE quarters SET imp_gained = NULL, exp_gained = NULL
  FROM (SELECT meter, b, ts FROM links SEMI JOIN batch USING (meter, b) JOIN cuts USING (meter)) kept
  WHERE quarters.meter = kept.meter AND quarters.b = kept.b AND kept.ts > first_ms AND kept.ts <= last_ms`;
const NEIGHBOURS = `
  INSERT INTO chain SELECT quarters.* FROM quarters SEMI JOIN links ON quarters.meter = links.meter AND quarters.b = links.b`;
const UNLINK = `
  DELETE FROM quarters USING (SELECT meter, b FROM chain JOIN stretch USING (meter) WHERE b <= high) gone
  WHERE quarters.meter = gone.meter AND quarters.b = gone.b`;

/** The difference to the next quarter hour with the counter, unless the meter was exchanged in between. */
const link = (name: string): string => {
  const cut = `coalesce(${name}_cut <= lead(${name}_first_ms IGNORE NULLS) OVER w, false)`;
  return `
  CASE WHEN b < ${name}_low THEN ${name}_next
    WHEN ${name}_first IS NOT NULL AND NOT ${cut} THEN greatest(lead(${name}_first IGNORE NULLS) OVER w - ${name}_last, 0) END AS ${name}_next,
  CASE WHEN b < ${name}_low THEN ${name}_next_ms
    WHEN ${name}_first IS NOT NULL AND NOT ${cut} THEN lead(${name}_first_ms IGNORE NULLS) OVER w END AS ${name}_next_ms`;
};
const cutAfter = (name: string): string =>
  `(SELECT min(ts) FROM cuts WHERE cuts.meter = chain.meter AND cuts.ts > chain.${name}_last_ms) AS ${name}_cut`;

/**
 * Writes the chain with the differences between its links. A neighbour before is written for the counter whose
 * neighbour it is; between it and the stretch there may be quarter hours with the other counter. Those after stay.
 */
const LINKED = `
  INSERT INTO quarters (${QUARTER_COLUMNS}, ${NEXT_COLUMNS})
  SELECT ${QUARTER_COLUMNS}, ${NEXT_COLUMNS} FROM (
    SELECT ${QUARTER_COLUMNS}, high, ${link("imp")}, ${link("exp")}
    FROM (
      SELECT chain.*, high, ${cutAfter("imp")}, ${cutAfter("exp")},
        coalesce(max(b) FILTER (b < low AND imp_first IS NOT NULL) OVER (PARTITION BY meter), low) AS imp_low,
        coalesce(max(b) FILTER (b < low AND exp_first IS NOT NULL) OVER (PARTITION BY meter), low) AS exp_low
      FROM chain JOIN stretch USING (meter))
    WINDOW w AS (PARTITION BY meter ORDER BY b))
  WHERE b <= high
  -- In order of time, so that queries of a short time read little.
  ORDER BY b`;

/** What `batch` is linked with. */
export const LINK_BATCH: readonly string[] = [STRETCH, LINKS];

/** Fills `batch` and `cuts` in the connection's transaction, which must end with `linkUp`. */
export async function beginRollUp(
  connection: DuckDBConnection,
  keys: readonly number[],
  { names, dirty, swaps }: Pick<RollUpState, "names" | "dirty" | "swaps">,
): Promise<void> {
  await dirty.write(connection, keys, "batch");
  const meters = [...new Set(keys.map(meterOf))].map((id) => names.name(id));
  const cuts = swaps.within(meters, -Infinity, Infinity);
  await appendColumns(
    connection,
    "cuts",
    [INTEGER, BIGINT],
    [cuts.map(({ meter }) => names.id(meter) ?? -1), cuts.map(({ at }) => BigInt(at))],
  );
}

/** Writes the quarter hours of `chain` and `links` linked, and their days, and empties the tables of a roll-up. */
export async function linkUp(connection: DuckDBConnection): Promise<void> {
  for (const sql of [NEIGHBOURS, UNLINK, LINKED]) await connection.run(sql);
  await rollUpDays(connection);
  await emptyTables(connection, ["batch", "stretch", "links", "chain", "cuts"]);
}

/** Rolls up the given quarter hours in the connection's transaction, and writes down their meters' newest values. */
export async function rollUp(
  connection: DuckDBConnection,
  keys: readonly number[],
  state: RollUpState,
): Promise<void> {
  const { names, latest, swaps } = state;
  const quarters = keys.map(quarterOf);
  const from = quarters.reduce((a, b) => Math.min(a, b), Infinity);
  const to = quarters.reduce((a, b) => Math.max(a, b), -Infinity) + 1;
  await beginRollUp(connection, keys, state);
  await connection.run(
    `DELETE FROM dirty USING batch
     WHERE dirty.b >= ${from} AND dirty.b < ${to} AND dirty.meter = batch.meter AND dirty.b = batch.b`,
  );
  const meters = [...new Set(keys.map(meterOf))];
  const aggregated = aggregateSql(
    `FROM readings SEMI JOIN batch
       ON readings.meter = batch.meter AND (readings.ts // ${QUARTER_HOUR_MS})::INTEGER = batch.b
       WHERE readings.ts >= ${from * QUARTER_HOUR_MS} AND readings.ts < ${to * QUARTER_HOUR_MS}`,
    segmentOf({ meters, from, to }, { names, swaps }),
  );
  await connection.run(`INSERT INTO chain (${QUARTER_COLUMNS}) ${aggregated}`);
  for (const sql of [...LINK_BATCH, LINKS_ALONE, KEPT]) await connection.run(sql);
  await linkUp(connection);
  const states = meters.flatMap((id) => latest.get(names.name(id)) ?? []);
  await writeStates(connection, states, (name) => names.id(name) ?? -1);
}

import { yearsOf, type Kept } from "../backup/kept.ts";
import { dayMarks, keyOf, writeMarks } from "./marks.ts";
import { readNewest, writeNewest } from "./newest.ts";
import { cutsIn, readQuarters, type Asking, type Rolled } from "./quarters.ts";
import { readExpiry, tellExpired } from "./retention.ts";
import { daysOf, fillQuarter, type RollUp } from "./rollup.ts";
import type { Sql } from "./sql.ts";

/** What is known of readings that were let go; undefined when none were. */
export async function keptOf(sql: Sql, asking: Asking): Promise<Kept | undefined> {
  const { tables } = asking;
  const { begun, rawMs, rollUpMs } = await readExpiry(sql, tables);
  if (begun === 0) return undefined;
  const newest = [...(await readNewest(asking)).values()];
  return {
    rawMs,
    rollUpMs,
    newest,
    async *quarters() {
      for (const { firstMs, latest } of newest)
        for (const year of yearsOf(firstMs, rawMs))
          yield await readQuarters(asking, { meters: [latest.meter], ...year });
    },
  };
}

/** Takes over what another store kept, into a store that lets go of nothing meanwhile. */
export async function keep(kept: Kept, { connections, asking, settled }: RollUp): Promise<void> {
  const open = await connections();
  const known = await asking();
  const { tables, swaps, deletedBefore } = known;
  await writeNewest(
    open,
    tables,
    kept.newest.map((state) => ({ meter: state.latest.meter, state })),
  );
  for await (const quarters of kept.quarters()) {
    const [first, last] = [quarters[0], quarters.at(-1)];
    if (!first || !last) continue;
    const range = { meters: [first.meter], from: first.from, to: last.from + 1 };
    const present = new Map(
      (await readQuarters(known, range)).map((quarter) => [keyOf(quarter), quarter.readings]),
    );
    const missing = quarters.filter((quarter) => quarter.readings > (present.get(keyOf(quarter)) ?? 0));
    const rolled = missing.map((quarter): Rolled => ({
      quarter,
      // What is still there was received after the meter's last deletion.
      received: Math.max(quarter.firstMs, deletedBefore(quarter.meter)),
      cuts: cutsIn(swaps.of(quarter.meter), quarter),
    }));
    await open.ilp.write(tables.quarters, rolled, fillQuarter);
    await settled();
    await writeMarks(open.marks, dayMarks(tables), daysOf(missing));
  }
  await tellExpired(open, tables, kept);
  await settled();
}

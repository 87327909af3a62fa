import type { Newest } from "../backup/kept.ts";
import { stillSent } from "../latest.ts";
import type { Connections } from "./documents.ts";
import { readLatest } from "./latest.ts";
import type { Asking } from "./quarters.ts";
import { msOf } from "./read.ts";
import { extentSql, PRESENT, type Tables } from "./schema.ts";
import { list, timeLiteral } from "./sql.ts";
import type { LatestReading, MeterSummary } from "../store.ts";

type Asked = Pick<Asking, "query" | "tables" | "deletedBefore">;

/** All meters, or some, whose raw readings went in part. */
export async function readNewest(
  { query, tables, deletedBefore }: Asked,
  meters?: readonly string[],
): Promise<Map<string, Newest>> {
  const rows = await query(
    `SELECT meter, state FROM ${tables.newest} ${meters ? `WHERE meter IN (${list(meters)})` : ""}`,
  );
  return new Map(
    rows.flatMap(({ meter, state }): [string, Newest][] => {
      if (typeof state !== "string") return [];
      const newest = JSON.parse(state) as Newest;
      return newest.latest.received < deletedBefore(String(meter)) ? [] : [[String(meter), newest]];
    }),
  );
}

/** The newer of two values of each register. */
export function newerOf(fresh: LatestReading | undefined, known: LatestReading): LatestReading {
  if (!fresh) return stillSent(known);
  const registers = { ...known.registers };
  for (const [code, newest] of Object.entries(fresh.registers))
    if (newest.t >= (registers[code]?.t ?? -Infinity)) registers[code] = newest;
  return stillSent({ ...(fresh.t >= known.t ? fresh : known), registers });
}

/** Summaries of the raw readings, with what is known from those that are gone. */
function withGone(summaries: readonly MeterSummary[], newest: ReadonlyMap<string, Newest>): MeterSummary[] {
  const all = new Map(summaries.map((summary) => [summary.meter, summary]));
  for (const [meter, { firstMs, latest }] of newest) {
    const summary = all.get(meter);
    const [device, lastMs] =
      summary && summary.lastMs >= latest.t ? [summary.device, summary.lastMs] : [latest.device, latest.t];
    all.set(meter, { meter, device, firstMs: Math.min(firstMs, summary?.firstMs ?? firstMs), lastMs });
  }
  return [...all.values()].sort((a, b) => (a.meter < b.meter ? -1 : 1));
}

export async function readSummaries(asking: Asked): Promise<MeterSummary[]> {
  const present = (await asking.query(extentSql(asking.tables))).map((row) => ({
    meter: String(row["meter"]),
    device: String(row["device"]),
    firstMs: msOf(row["first_us"]),
    lastMs: msOf(row["last_us"]),
  }));
  return withGone(present, await readNewest(asking));
}

/** The newest values of meters, which METER_ID has passed. */
export async function readNewestValues(asking: Asked, meters: readonly string[]): Promise<LatestReading[]> {
  const fresh = new Map((await readLatest(asking, meters)).map((reading) => [reading.meter, reading]));
  const gone = await readNewest(asking, meters);
  return meters.flatMap((meter) => {
    const newest = gone.get(meter);
    return (newest ? newerOf(fresh.get(meter), newest.latest) : fresh.get(meter)) ?? [];
  });
}

export async function writeNewest(
  { ilp }: Connections,
  tables: Tables,
  states: readonly { meter: string; state: Newest | null }[],
): Promise<void> {
  await ilp.write(tables.newest, states, async (sender, { meter, state }) => {
    sender.symbol("meter", meter);
    if (state) sender.stringColumn("state", JSON.stringify(state));
    await sender.at(0, "ms");
  });
}

/** Writes down what will be asked of meters' newest values, and their first reading, when raw readings are gone. */
export async function saveNewest(connections: Connections, asking: Asked, rawMs: number): Promise<void> {
  const { query, tables } = asking;
  const going = await query(
    `SELECT DISTINCT meter FROM ${tables.readings} WHERE ts < ${timeLiteral(rawMs)} AND ${PRESENT}`,
  );
  const meters = going.map(({ meter }) => String(meter));
  if (meters.length === 0) return;
  const extents = await query(extentSql(tables, meters));
  const first = new Map(extents.map((row) => [row["meter"], msOf(row["first_us"])]));
  const latest = await readLatest(asking, meters);
  const known = await readNewest(asking, meters);
  await writeNewest(
    connections,
    tables,
    latest.map((fresh) => {
      const before = known.get(fresh.meter);
      const firstMs = Math.min(first.get(fresh.meter) ?? fresh.t, before?.firstMs ?? Infinity);
      return {
        meter: fresh.meter,
        state: { firstMs, latest: before ? newerOf(fresh, before.latest) : fresh },
      };
    }),
  );
}

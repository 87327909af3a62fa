import type { Newest } from "./kept.ts";
import { stillSent } from "./latest.ts";
import type { Connections } from "./questdb-documents.ts";
import { readLatest } from "./questdb-latest.ts";
import { msOf } from "./questdb-read.ts";
import { extentSql, type Tables } from "./questdb-schema.ts";
import { list, type Row } from "./questdb-sql.ts";
import type { LatestReading, MeterSummary } from "./store.ts";

type Ask = (sql: string) => Promise<Row[]>;
/** What was received of a meter before it is deleted. */
interface Known {
  deletedBefore: (meter: string) => number;
}

/** All meters, or some, whose raw readings went in part. */
export async function readNewest(
  query: Ask,
  tables: Tables,
  { deletedBefore }: Known,
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

export async function readSummaries(query: Ask, tables: Tables, known: Known): Promise<MeterSummary[]> {
  const present = (await query(extentSql(tables))).map((row) => ({
    meter: String(row["meter"]),
    device: String(row["device"]),
    firstMs: msOf(row["first_us"]),
    lastMs: msOf(row["last_us"]),
  }));
  return withGone(present, await readNewest(query, tables, known));
}

/** The newest values of meters, which METER_ID has passed. */
export async function readNewestValues(
  query: Ask,
  tables: Tables,
  meters: readonly string[],
  known: Known,
): Promise<LatestReading[]> {
  const fresh = new Map((await readLatest(query, tables, meters)).map((reading) => [reading.meter, reading]));
  const gone = await readNewest(query, tables, known, meters);
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

/** `extents` and `latest` are of the raw readings. */
export async function saveNewest(
  connections: Connections,
  tables: Tables,
  {
    extents,
    latest,
    deletedBefore,
  }: {
    extents: readonly Row[];
    latest: readonly LatestReading[];
    deletedBefore: (meter: string) => number;
  },
): Promise<void> {
  const known = await readNewest(
    (sql) => connections.sql.query(sql),
    tables,
    { deletedBefore },
    latest.map(({ meter }) => meter),
  );
  const first = new Map(extents.map((row) => [row["meter"], msOf(row["first_us"])]));
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

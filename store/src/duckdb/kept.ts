import { BIGINT, DOUBLE, INTEGER, type DuckDBConnection, type DuckDBValue } from "@duckdb/node-api";
import { QUARTER_HOUR_MS as Q } from "@smp/schemas";
import { qualityBits } from "../columns.ts";
import { appendColumns, emptyTables } from "./columns.ts";
import { keyOf } from "./dirty.ts";
import { merged, writeStates } from "./newest.ts";
import type { Opened } from "./opened.ts";
import { readQuarters } from "./quarters.ts";
import { beginRollUp, LINK_BATCH, linkUp } from "./rollup.ts";
import { QUARTER_COLUMNS } from "./schema.ts";
import type { Counter, Quarter } from "../energy/energy.ts";
import { yearsOf, type Kept, type Newest } from "../backup/kept.ts";
import type { MeterState } from "../latest.ts";

/** What is known of readings that were let go; undefined when none were. */
export function keptOf(opened: Opened): Kept | undefined {
  const { names, latest, expiry } = opened;
  const { rawMs, rollUpMs } = expiry;
  if (rawMs === 0 && rollUpMs === 0) return undefined;
  const meters = latest.summaries().filter(({ firstMs }) => firstMs < rawMs);
  const newestOf = ({ meter, firstMs }: { meter: string; firstMs: number }): Newest[] =>
    latest.readings([meter]).map((reading) => ({ firstMs, latest: reading }));
  return {
    rawMs,
    rollUpMs,
    newest: meters.flatMap(newestOf),
    async *quarters() {
      for (const { meter, firstMs } of meters)
        for (const { from, to } of yearsOf(firstMs, rawMs)) {
          const range = { meters: [names.id(meter) ?? -1], from: from / Q, to: to / Q };
          yield await readQuarters(opened, range);
        }
    },
  };
}

/** Takes over the newest values, and what was let go until when. */
export async function keepNewest(opened: Opened, { newest, rawMs, rollUpMs }: Kept): Promise<void> {
  const { database, names, latest, expiry } = opened;
  const states = newest.map((each) => merged(latest.get(each.latest.meter), stateOf(each)));
  await database.write(
    async (connection) => {
      const added = names.assign(states.flatMap(({ meter, device }) => [meter, device]));
      await names.write(connection, added);
      const ids = new Map(added);
      await writeStates(connection, states, (name) => names.id(name) ?? ids.get(name) ?? -1);
      await connection.run("DELETE FROM expired");
      await connection.run(`INSERT INTO expired VALUES (${rawMs}, ${rollUpMs})`);
      return added;
    },
    (added) => {
      names.commit(added);
      for (const state of states) latest.set(state);
      Object.assign(expiry, { rawMs, rollUpMs });
    },
  );
}

const stateOf = ({ firstMs, latest }: Newest): MeterState => ({
  meter: latest.meter,
  device: latest.device,
  firstMs,
  lastMs: latest.t,
  received: latest.received,
  quality: qualityBits(latest.quality),
  registers: new Map(Object.entries(latest.registers)),
});

/** Raw readings count where they are as many; fewer are what was left when the others were let go. */
const REPLACE: readonly string[] = [
  "DELETE FROM kept USING quarters WHERE quarters.meter = kept.meter AND quarters.b = kept.b AND quarters.n >= kept.n",
  ...["readings", "extra"].map(
    (table) =>
      `DELETE FROM ${table} USING kept WHERE ${table}.meter = kept.meter AND ${table}.ts // ${Q} = kept.b`,
  ),
  "DELETE FROM quarters USING kept WHERE quarters.meter = kept.meter AND quarters.b = kept.b",
  `INSERT INTO quarters (${QUARTER_COLUMNS}) SELECT ${QUARTER_COLUMNS} FROM kept`,
];

/** Takes over quarter hours of whose raw readings there are fewer, or none. All that the store has must be rolled up. */
export async function keepQuarters(opened: Opened, quarters: readonly Quarter[]): Promise<void> {
  if (quarters.length === 0) return;
  const idOf = ({ meter }: Quarter): number => opened.names.id(meter) ?? -1;
  await opened.database.write(async (connection) => {
    await writeKept(connection, quarters, idOf);
    for (const sql of REPLACE) await connection.run(sql);
    await emptyTables(connection, ["kept"]);
    const keys = quarters.map((quarter) => keyOf(idOf(quarter), quarter.from / Q));
    await beginRollUp(connection, keys, opened);
    for (const sql of LINK_BATCH) await connection.run(sql);
    await linkUp(connection);
  });
}

const COUNTER_TYPES = [DOUBLE, DOUBLE, DOUBLE, BIGINT, BIGINT];
const counterColumns = (counters: readonly (Counter | null)[]): DuckDBValue[][] => {
  const time = (ms: number | undefined): DuckDBValue => (ms === undefined ? null : BigInt(ms));
  return [
    counters.map((counter) => counter?.first ?? null),
    counters.map((counter) => counter?.last ?? null),
    counters.map((counter) => counter?.gained ?? null),
    counters.map((counter) => time(counter?.firstMs)),
    counters.map((counter) => time(counter?.lastMs)),
  ];
};

async function writeKept(
  connection: DuckDBConnection,
  quarters: readonly Quarter[],
  idOf: (quarter: Quarter) => number,
): Promise<void> {
  await appendColumns(
    connection,
    "kept",
    [
      INTEGER,
      INTEGER,
      INTEGER,
      BIGINT,
      BIGINT,
      ...COUNTER_TYPES,
      ...COUNTER_TYPES,
      DOUBLE,
      INTEGER,
      DOUBLE,
      DOUBLE,
    ],
    [
      quarters.map(idOf),
      quarters.map(({ from }) => from / Q),
      quarters.map(({ readings }) => readings),
      quarters.map(({ firstMs }) => BigInt(firstMs)),
      quarters.map(({ lastMs }) => BigInt(lastMs)),
      ...counterColumns(quarters.map(({ imported }) => imported)),
      ...counterColumns(quarters.map(({ exported }) => exported)),
      quarters.map(({ powerSum }) => powerSum),
      quarters.map(({ powerCount }) => powerCount),
      quarters.map(({ powerMin }) => powerMin),
      quarters.map(({ powerMax }) => powerMax),
    ],
  );
}

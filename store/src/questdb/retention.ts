import { randomInt } from "node:crypto";
import { DAY_MS, PlatformError, type NormalisedReading } from "@smp/schemas";
import { startOfQuarter } from "../energy/energy.ts";
import type { Connections } from "./documents.ts";
import { dropPartitions, keyOf, partitionsBefore } from "./marks.ts";
import { saveNewest } from "./newest.ts";
import { rollUp, type RollUp } from "./rollup.ts";
import { PRESENT, type Tables } from "./schema.ts";
import { list, numberOf, timeLiteral, type Sql } from "./sql.ts";

/**
 * Old raw readings go by the partition, all at once. Nothing of them may be lost that is not rolled up, so whoever lets go
 * says so first, rolls up what is there then, and only then drops. Who appends old readings meanwhile waits until that is
 * over, and writes them again when it began while they were written.
 */
export interface Expiry {
  rawMs: number;
  rollUpMs: number;
  /** How often it was begun, and the ones that are not over: one, or of a process that was killed. */
  begun: number;
  unfinished: readonly number[];
}

const WAIT_MS_MAX = 30_000;
const POLL_MS = 50;
const ATTEMPTS = 5;

export async function readExpiry(sql: Sql, tables: Tables): Promise<Expiry> {
  const rows = await sql.query(`SELECT id, raw_ms, rollup_ms, finished FROM ${tables.expired}`);
  const number = (value: unknown): number => numberOf(value) ?? 0;
  const finished = new Set(rows.filter((row) => row["finished"] === 1).map((row) => row["id"]));
  const begun = rows.filter((row) => row["finished"] === 0);
  return {
    rawMs: Math.max(0, ...begun.map((row) => number(row["raw_ms"]))),
    rollUpMs: Math.max(0, ...begun.map((row) => number(row["rollup_ms"]))),
    begun: begun.length,
    unfinished: begun.map((row) => number(row["id"])).filter((id) => !finished.has(id)),
  };
}

async function tell(
  { ilp }: Connections,
  tables: Tables,
  rows: readonly { id: number; rawMs: number; rollUpMs: number; finished: number }[],
): Promise<void> {
  await ilp.write(tables.expired, rows, async (sender, { id, rawMs, rollUpMs, finished }) => {
    await sender
      .intColumn("id", id)
      .intColumn("raw_ms", rawMs)
      .intColumn("rollup_ms", rollUpMs)
      .intColumn("finished", finished)
      .at(Date.now(), "ms");
  });
}

/** Says what another store had let go of, from which this one was filled. */
export async function tellExpired(
  open: Connections,
  tables: Tables,
  cut: { rawMs: number; rollUpMs: number },
): Promise<void> {
  const id = randomInt(1, 2 ** 48 - 1);
  const row = { id, rawMs: cut.rawMs, rollUpMs: cut.rollUpMs };
  await tell(open, tables, [
    { ...row, finished: 0 },
    { ...row, finished: 1 },
  ]);
}

/** Lets go of what is older; gives false when readings keep coming that are older: another time, then. */
export async function expire(
  cut: { rawMs: number; rollUpMs: number },
  tables: Tables,
  { connections, asking, settled }: RollUp,
): Promise<boolean> {
  const open = await connections();
  const { sql } = open;
  const known = await readExpiry(sql, tables);
  const rawMs = Math.max(cut.rawMs, known.rawMs);
  const rollUpMs = Math.max(cut.rollUpMs, known.rollUpMs);
  // Not before what was ever told: of a clock that was years ahead, that would be the present.
  const isOld = (await partitionsBefore(sql, tables.readings, cut.rawMs)).length > 0;
  if (!isOld && rollUpMs === known.rollUpMs && known.unfinished.length === 0) return true;
  const id = randomInt(1, 2 ** 48 - 1);
  await tell(open, tables, [{ id, rawMs, rollUpMs, finished: 0 }]);
  await settled();
  let left = await rollUp({ connections, asking, settled }, { before: rawMs });
  for (let attempt = 1; left > 0 && attempt < ATTEMPTS; attempt++)
    left = await rollUp({ connections, asking, settled }, { before: rawMs });
  const now = await readExpiry(sql, tables);
  if (left === 0 && now.unfinished.includes(id)) {
    await saveNewest(open, await asking(), cut.rawMs);
    await settled();
    await dropPartitions(sql, tables.readings, cut.rawMs);
    for (const table of [tables.quarters, tables.days]) await dropPartitions(sql, table, rollUpMs);
    await settled();
  }
  // What a killed process left over is done with it; what began meanwhile goes on.
  const over = left === 0 ? known.unfinished.concat(id) : [id];
  await tell(
    open,
    tables,
    over.map((each) => ({ id: each, rawMs, rollUpMs, finished: 1 })),
  );
  await settled();
  return left === 0;
}

/** Writes readings, some of which may be so old that they are being let go. */
export async function appendGuarded(
  { sql }: Connections,
  tables: Tables,
  { readings, now }: { readings: readonly NormalisedReading[]; now: number },
  write: (readings: readonly NormalisedReading[]) => Promise<void>,
): Promise<void> {
  const oldest = readings.reduce((least, { t }) => Math.min(least, t), Infinity);
  // The shortest retention is a day; clocks may differ by half of one.
  if (oldest >= now - DAY_MS / 2) return write(readings);
  const deadline = performance.now() + WAIT_MS_MAX;
  while (performance.now() < deadline) {
    const before = await readExpiry(sql, tables);
    if (before.unfinished.length > 0 && oldest < before.rawMs) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      continue;
    }
    await write(await withoutExpired(sql, tables, readings, before));
    const after = await readExpiry(sql, tables);
    if (after.begun === before.begun || oldest >= after.rawMs) return;
  }
  throw new PlatformError(
    "store-busy",
    "QuestDB is letting go of old readings, and the batch has some so old: send it again",
    { retryable: true },
  );
}

/**
 * Leaves out late readings of quarter hours whose raw readings were let go: their roll-up is final, or it would count the
 * late ones alone. A quarter hour that was never rolled up, as of an import of old data, is taken.
 */
async function withoutExpired(
  sql: Sql,
  tables: Tables,
  readings: readonly NormalisedReading[],
  { rawMs, rollUpMs }: Expiry,
): Promise<readonly NormalisedReading[]> {
  const old = readings.filter(({ t }) => t < rawMs);
  if (old.length === 0) return readings;
  const meters = [...new Set(old.map(({ meter }) => meter))];
  const first = old.reduce((least, { t }) => Math.min(least, t), Infinity);
  const range = `meter IN (${list(meters)}) AND ts >= ${timeLiteral(Math.floor(first / DAY_MS) * DAY_MS)} AND ts < ${timeLiteral(rawMs)}`;
  const keys = async (text: string): Promise<Set<string>> =>
    new Set(
      (await sql.query(text)).map(({ meter, q_us: us }) =>
        keyOf({ meter: String(meter), from: (numberOf(us) ?? 0) / 1000 }),
      ),
    );
  const rolled = await keys(
    `SELECT meter, ts::long AS q_us FROM ${tables.quarters} WHERE ${range} AND n > 0`,
  );
  const present = await keys(
    `SELECT DISTINCT meter, timestamp_floor('15m', ts)::long AS q_us FROM ${tables.readings} WHERE ${range} AND ${PRESENT}`,
  );
  return readings.filter((reading) => {
    if (reading.t >= rawMs) return true;
    const key = keyOf({ meter: reading.meter, from: startOfQuarter(reading.t) });
    return reading.t >= rollUpMs && (!rolled.has(key) || present.has(key));
  });
}

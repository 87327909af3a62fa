import { BIGINT, DOUBLE, INTEGER, VARCHAR, type DuckDBConnection } from "@duckdb/node-api";
import { DAY_MS, QUARTER_HOUR_MS, type NormalisedReading } from "@smp/schemas";
import { extrasOf, hasExtras, type Extra } from "../columns.ts";
import { appendColumns, emptyTables } from "./columns.ts";
import { keyOf } from "./dirty.ts";
import { readStates, writeStates } from "./newest.ts";
import { transaction } from "./open.ts";
import type { Opened } from "./opened.ts";
import { withoutExpired } from "./retention.ts";
import type { ReadingRows } from "./rows.ts";
import type { MeterState } from "../latest.ts";

const EXTRA_TYPES = [INTEGER, BIGINT, VARCHAR, DOUBLE, VARCHAR];
/** Up to so many UTC days are cleared of late rows' predecessors one by one, each reading little; more of them at once. */
const DAYS_ONE_BY_ONE = 8;

/**
 * Fresh rows are newer than all that their meter has, so they need no look at the table; late ones may have a
 * predecessor of the same time, which they replace. Of late rows with the same key the last is kept.
 */
function split(
  readings: readonly NormalisedReading[],
  { latest, unsure }: Pick<AppendState, "latest" | "unsure">,
): { fresh: NormalisedReading[]; late: NormalisedReading[] } {
  const newest = new Map<string, number>();
  const fresh: NormalisedReading[] = [];
  const late = new Map<string, NormalisedReading>();
  for (const reading of readings) {
    const mark =
      newest.get(reading.meter) ??
      Math.max(latest.get(reading.meter)?.lastMs ?? -1, unsure.get(reading.meter) ?? -1);
    if (reading.t > mark) {
      newest.set(reading.meter, reading.t);
      fresh.push(reading);
    } else late.set(`${reading.meter} ${reading.t}`, reading);
  }
  return { fresh, late: [...late.values()] };
}

/** How rows get into tables. */
interface Ways {
  rows: ReadingRows;
  idOf: (name: string) => number;
}

async function appendRows(
  connection: DuckDBConnection,
  tables: { readings: string; extra: string },
  readings: readonly NormalisedReading[],
  { rows, idOf }: Ways,
): Promise<void> {
  await rows.insert(tables.readings, readings, idOf);
  const extras: (Extra & { meter: number; t: number })[] = [];
  for (const reading of readings)
    for (const extra of extrasOf(reading))
      extras.push({ ...extra, meter: idOf(reading.meter), t: reading.t });
  await appendColumns(connection, tables.extra, EXTRA_TYPES, [
    extras.map(({ meter }) => meter),
    extras.map(({ t }) => BigInt(t)),
    extras.map(({ code }) => code),
    extras.map(({ value }) => value),
    extras.map(({ unit }) => unit),
  ]);
}

async function replace(
  connection: DuckDBConnection,
  late: readonly NormalisedReading[],
  ways: Ways,
): Promise<void> {
  await appendRows(connection, { readings: "late", extra: "late_extra" }, late, ways);
  const days = new Map<number, [number, number]>();
  for (const { t } of late) {
    const day = Math.floor(t / DAY_MS);
    const [from, to] = days.get(day) ?? [t, t];
    days.set(day, [Math.min(from, t), Math.max(to, t)]);
  }
  const spans = [...days.values()];
  const ranges =
    spans.length <= DAYS_ONE_BY_ONE
      ? spans
      : [spans.reduce(([a, z], [from, to]): [number, number] => [Math.min(a, from), Math.max(z, to)])];
  for (const table of ["readings", "extra"])
    for (const [from, to] of ranges)
      await connection.run(
        `DELETE FROM ${table} USING late
         WHERE ${table}.ts BETWEEN ${from} AND ${to} AND ${table}.meter = late.meter AND ${table}.ts = late.ts`,
      );
  await connection.run("INSERT INTO readings SELECT * FROM late");
  await connection.run("INSERT INTO extra SELECT * FROM late_extra");
  await emptyTables(connection, ["late", "late_extra"]);
}

function* namesIn(readings: readonly NormalisedReading[]): Generator<string> {
  for (const { meter, device } of readings) {
    yield meter;
    yield device;
  }
}

export interface Appended {
  /** What was taken: the others are deleted, replaced in the batch, or older than the raw readings that are kept. */
  taken: readonly NormalisedReading[];
  names: [string, number][];
  dirty: number[];
  /** Newest values of meters of which a correction withdrew one: only the tables know them. */
  reread: MeterState[];
}

type AppendState = Pick<Opened, "names" | "latest" | "unsure" | "dirty" | "deleted" | "expiry" | "rows">;

/** What a batch brings into the tables. */
interface Group {
  readings: readonly NormalisedReading[];
  names: [string, number][];
  idOf: (name: string) => number;
  fresh: NormalisedReading[];
  late: NormalisedReading[];
  dirty: number[];
}

function groupOf(readings: readonly NormalisedReading[], state: AppendState): Group {
  const { names: known, dirty } = state;
  const names = known.assign(namesIn(readings));
  const assigned = new Map(names);
  const idOf = (name: string): number => known.id(name) ?? assigned.get(name) ?? -1;
  const keys = readings.map(({ meter, t }) => keyOf(idOf(meter), Math.floor(t / QUARTER_HOUR_MS)));
  return { readings, names, idOf, ...split(readings, state), dirty: dirty.unknown(keys) };
}

/** Whether rows of the table `readings` are all that a group brings, as of nearly every group. */
function isOneInsert({ readings, names, late, dirty }: Group, { expiry }: AppendState): boolean {
  return (
    names.length + late.length + dirty.length === 0 &&
    readings.every((reading) => reading.t >= expiry.rawMs && !hasExtras(reading))
  );
}

/**
 * Writes a checked batch on the writing connection, as one transaction; what it returns counts once that has committed.
 * If it fails, what it held may be in the table all the same: until such readings come again they are nobody's newest.
 */
export async function appendReadings(
  connection: DuckDBConnection,
  given: readonly NormalisedReading[],
  state: AppendState,
): Promise<Appended> {
  try {
    return await append(connection, given, state);
  } catch (error) {
    for (const { meter, t } of given) state.unsure.set(meter, Math.max(t, state.unsure.get(meter) ?? -1));
    throw error;
  }
}

/** One statement is a transaction by itself: BEGIN and COMMIT would each wait for a turn of a busy event loop. */
async function append(
  connection: DuckDBConnection,
  given: readonly NormalisedReading[],
  state: AppendState,
): Promise<Appended> {
  const present = given.filter((reading) => !state.deleted.has(reading));
  const group = groupOf(present, state);
  if (!isOneInsert(group, state))
    return transaction(connection, async () => {
      const readings = await withoutExpired(connection, present, state);
      return appendGroup(connection, readings === present ? group : groupOf(readings, state), state);
    });
  await state.rows.insert("readings", group.fresh, group.idOf);
  return { taken: present, names: [], dirty: [], reread: [] };
}

/** Of those of a batch with the same key the last one. */
const lastOf = (readings: readonly NormalisedReading[]): NormalisedReading[] => [
  ...new Map(readings.map((reading) => [`${reading.meter} ${reading.t}`, reading])).values(),
];

async function appendGroup(
  connection: DuckDBConnection,
  { readings, names, idOf, fresh, late, dirty }: Group,
  state: AppendState,
): Promise<Appended> {
  await state.names.write(connection, names);
  const ways = { rows: state.rows, idOf };
  await appendRows(connection, { readings: "readings", extra: "extra" }, fresh, ways);
  if (late.length > 0) await replace(connection, late, ways);
  await state.dirty.write(connection, dirty);

  const withdrawn = new Set(
    late.filter((reading) => state.latest.withdraws(reading)).map(({ meter }) => idOf(meter)),
  );
  const taken = late.length === 0 ? readings : lastOf(readings);
  if (withdrawn.size === 0) return { taken, names, dirty, reread: [] };
  const raw = await readStates(connection, `WHERE meter IN (${[...withdrawn].join(", ")})`, state.names);
  const reread = raw.map((fresh) => state.latest.withExpired(fresh, state.expiry.rawMs));
  await writeStates(connection, reread, idOf);
  return { taken, names, dirty, reread };
}

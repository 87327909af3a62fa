import { HOUR_MS, QUARTER_HOUR_MS } from "@smp/schemas";
import { startOfQuarter } from "../energy.ts";
import { readLatestIn } from "./latest.ts";
import { newerOf, readNewestValues } from "./newest.ts";
import type { Asking } from "./quarters.ts";
import type { Tables } from "./schema.ts";
import { list, numberOf, type Row } from "./sql.ts";
import type { QuarterRange } from "../series.ts";
import type { LatestReading } from "../store.ts";

/**
 * Newest values as they were last told. Each append leaves a new mark in each quarter hour that it wrote to, and it does so after
 * its readings are committed; so what is known of a meter holds as long as its marks are the same, whoever appends. It is
 * kept only if all readings that were committed when the marks were read could be seen when the values were.
 */
interface Told extends Sums {
  reading: LatestReading | undefined;
  /** As they were then, or earlier. */
  marks: ReadonlyMap<string, number>;
  /** A state of the table of marks in which they were the same. */
  marksTxn: number;
  checkedMs: number;
  deletedBefore: number;
}

/** Sums of a meter's marks, as the server counts them. */
interface Sums {
  sum: string;
  /** Of quarter hours before the one that was present then. */
  old: string;
}

/** When newest values are asked for. */
type Now = Pick<Told, "marksTxn" | "checkedMs">;

/** A meter with new marks; `recentTo`: all of them from the present quarter hour to then. */
interface Change {
  meter: string;
  told: Told;
  sums: Sums;
  recentTo: number | undefined;
}

interface Renewal {
  now: Now;
  since: number;
  /** Where what is read goes. */
  found: Map<string, LatestReading | undefined>;
}

/** Marks are kept for six hours: what was not compared for so long may have missed some. Half, for clocks that are wrong. */
const HOLDS_MS = 3 * HOUR_MS;
/** A deletion is known before its rows are gone, and where none are left it leaves no mark: so long nothing is kept of a meter. */
const DELETING_MS_MAX = HOUR_MS;
const METERS_MAX = 100_000;
/** Changes that lie farther apart, or in more pieces, are not looked at one by one. */
const RANGE_MS_MAX = 8 * QUARTER_HOUR_MS;
const RANGES_MAX = 4;

export class ToldReadings {
  readonly #told = new Map<string, Told>();
  readonly #now: () => number;
  /** Whether marks had changed when they were last asked for. */
  #isChanging = false;
  /** A state that the table of marks had when it was last asked for. */
  #marksTxn = Number.NaN;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The newest values of meters, which METER_ID has passed. */
  async read(asking: Asking, meters: readonly string[]): Promise<LatestReading[]> {
    const { query, tables } = asking;
    const checkedMs = Date.now();
    // While meters write, that some marks have changed need not be asked: an older state only makes the next one ask more.
    const isChanging = this.#isChanging;
    const { marksTxn } = isChanging
      ? { marksTxn: this.#marksTxn }
      : progressOf(tables, await query(progressSql(tables)));
    const now = { marksTxn, checkedMs };
    // While meters write, few marks of quarter hours before it change.
    const since = startOfQuarter(this.#now());
    const [told, unknown]: [Map<string, Told>, string[]] = [new Map(), []];
    for (const meter of meters) {
      const known = this.#holding(meter, checkedMs, asking.deletedBefore(meter));
      if (known) told.set(meter, known);
      else unknown.push(meter);
    }
    const unsure = isChanging ? told : new Map([...told].filter(([, known]) => known.marksTxn !== marksTxn));
    const found = new Map([...told].map(([meter, { reading }]) => [meter, reading]));
    const { changes, isSettled } = await this.#changes(asking, unsure, { now, since });
    this.#isChanging = changes.length > 0;
    const others = await this.#renewRecent(asking, changes, { now, since, isSettled, found });
    if (others.length + unknown.length > 0)
      await this.#renew(asking, { changes: others, unknown }, { now, since, found });
    return meters.flatMap((meter) => found.get(meter) ?? []);
  }

  #holding(meter: string, now: number, deletedBefore: number): Told | undefined {
    const told = this.#told.get(meter);
    return told && now - told.checkedMs < HOLDS_MS && told.deletedBefore === deletedBefore ? told : undefined;
  }

  /** Those of some meters whose marks are not the same any more; whether all readings that they tell of can be seen. */
  async #changes(
    { pair, tables }: Asking,
    unsure: ReadonlyMap<string, Told>,
    { now, since }: { now: Now; since: number },
  ): Promise<{ changes: Change[]; isSettled: boolean }> {
    if (unsure.size === 0) return { changes: [], isSettled: false };
    // In this order: the server looks how far its tables are after it has read the marks.
    const [rows, progressRows] = await pair(sumsSql(tables, [...unsure.keys()], since), progressSql(tables));
    const { isSettled, marksTxn } = progressOf(tables, progressRows);
    this.#marksTxn = marksTxn;
    const byMeter = new Map(rows.map((row) => [String(row["meter"]), row]));
    const changes = [...unsure].flatMap(([meter, told]): Change | [] => {
      const row = byMeter.get(meter);
      const sums = { sum: sumIn(row?.["sum"]), old: sumIn(row?.["old"]) };
      if (sums.sum === told.sum) {
        Object.assign(told, now, sums);
        return [];
      }
      const to = (numberOf(row?.["newest"]) ?? 0) + QUARTER_HOUR_MS;
      // Sums of random numbers: also of two times, they are the same only when the marks are.
      const isRecent = told.old === sums.old && to - since <= RANGE_MS_MAX;
      return { meter, told, sums, recentTo: isRecent ? to : undefined };
    });
    return { changes, isSettled };
  }

  /** Meters of which nothing changed but the present; gives the others. */
  async #renewRecent(
    asking: Asking,
    changes: readonly Change[],
    { now, since, isSettled, found }: Renewal & { isSettled: boolean },
  ): Promise<Change[]> {
    const to = changes.reduce((latest, { recentTo = 0 }) => Math.max(latest, recentTo), 0);
    if (to <= since) return [...changes];
    const recent = changes.filter(({ recentTo }) => recentTo !== undefined);
    const range = { meters: recent.map(({ meter }) => meter), from: since, to };
    const codes = new Set(recent.flatMap(({ told }) => Object.keys(told.reading?.registers ?? {})));
    const fresh = new Map((await readLatestIn(asking, range, { codes })).map((each) => [each.meter, each]));
    return changes.filter(({ meter, told, sums, recentTo }) => {
      const newest = fresh.get(meter);
      if (recentTo === undefined || !newest || lacks(newest, told.reading, range)) return true;
      const reading = told.reading ? newerOf(newest, told.reading) : newest;
      found.set(meter, reading);
      if (isSettled) this.#keep(meter, { ...told, ...now, ...sums, reading });
      return false;
    });
  }

  /** Meters of which older marks changed, and those of which nothing is known. */
  async #renew(
    asking: Asking,
    { changes, unknown }: { changes: readonly Change[]; unknown: readonly string[] },
    { now, since, found }: Renewal,
  ): Promise<void> {
    const { tables, deletedBefore } = asking;
    const told = new Map(changes.map((change) => [change.meter, change.told]));
    const all = [...told.keys()].concat(unknown);
    const [markRows, progressRows] = await asking.pair(marksSql(tables, all), progressSql(tables));
    const marks = marksOf(markRows);
    const { isSettled, marksTxn } = progressOf(tables, progressRows);
    this.#marksTxn = marksTxn;
    const whole = new Set(unknown);
    // Marks of hours that are long done went away, too: then nothing came.
    const { ranges, apart } = rangesOf(
      [...told].map(([meter, known]) => ({ meter, quarters: newIn(marks.get(meter), known.marks) })),
    );
    for (const meter of apart) whole.add(meter);
    for (const range of ranges) {
      const fresh = new Map((await readLatestIn(asking, range)).map((each) => [each.meter, each]));
      for (const meter of range.meters) {
        const known = told.get(meter)?.reading;
        const newest = fresh.get(meter);
        if (!newest || lacks(newest, known, range)) whole.add(meter);
        else found.set(meter, known ? newerOf(newest, known) : newest);
      }
    }
    if (whole.size > 0) {
      const read = await readNewestValues(asking, [...whole]);
      const byMeter = new Map(read.map((reading) => [reading.meter, reading]));
      for (const meter of whole) found.set(meter, byMeter.get(meter));
    }
    if (!isSettled) return;
    for (const meter of all) {
      const before = deletedBefore(meter);
      if (now.checkedMs - before < DELETING_MS_MAX) continue;
      const own = marks.get(meter) ?? new Map<string, number>();
      const sums = { sum: sumOf(own), old: sumOf(own, since) };
      this.#keep(meter, {
        reading: found.get(meter),
        marks: own,
        ...sums,
        ...now,
        deletedBefore: before,
      });
    }
  }

  #keep(meter: string, told: Told): void {
    if (this.#told.size >= METERS_MAX) this.#told.clear();
    this.#told.set(meter, told);
  }
}

/** Asks how far the tables are: the state of the marks, and whether all readings that are committed can be seen. */
const progressSql = (tables: Tables): string =>
  `SELECT name, writerTxn, sequencerTxn FROM wal_tables() WHERE name IN ('${tables.marks}', '${tables.readings}')`;

function progressOf(tables: Tables, rows: readonly Row[]): { marksTxn: number; isSettled: boolean } {
  const of = (table: string, column: string): number =>
    numberOf(rows.find(({ name }) => name === table)?.[column]) ?? NaN;
  return {
    marksTxn: of(tables.marks, "writerTxn"),
    isSettled: of(tables.readings, "writerTxn") >= of(tables.readings, "sequencerTxn"),
  };
}

const sumsSql = (tables: Tables, meters: readonly string[], since: number): string => `
  SELECT meter, sum(mark)::varchar AS sum, sum(CASE WHEN quarter < ${since} THEN mark ELSE 0 END)::varchar AS old,
    max(quarter) AS newest
  FROM ${tables.marks} WHERE done = 0 AND meter IN (${list(meters)}) GROUP BY meter`;

const marksSql = (tables: Tables, meters: readonly string[]): string =>
  `SELECT meter, ts::long AS written_us, quarter, mark FROM ${tables.marks} WHERE done = 0 AND meter IN (${list(meters)})`;

/** The marks of meters, by the time of writing and the quarter hour. */
function marksOf(rows: readonly Row[]): Map<string, Map<string, number>> {
  const marks = new Map<string, Map<string, number>>();
  for (const row of rows) {
    const meter = String(row["meter"]);
    const own = marks.get(meter) ?? new Map<string, number>();
    marks.set(meter, own);
    own.set(`${String(row["written_us"])} ${String(row["quarter"])}`, numberOf(row["mark"]) ?? 0);
  }
  return marks;
}

const quarterIn = (key: string): number => Number(key.split(" ")[1]);

const sumIn = (value: unknown): string => (typeof value === "string" ? value : "0");
/** Of quarter hours before an instant. */
const sumOf = (marks: ReadonlyMap<string, number>, before = Infinity): string =>
  BigInt.asIntN(
    64,
    [...marks].reduce((sum, [key, mark]) => (quarterIn(key) < before ? sum + BigInt(mark) : sum), 0n),
  ).toString();

/** The quarter hours that have other marks than before. */
const newIn = (
  marks: ReadonlyMap<string, number> = new Map(),
  before: ReadonlyMap<string, number> = new Map(),
): number[] => [...marks].flatMap(([key, mark]) => (before.get(key) === mark ? [] : quarterIn(key)));

/** Meters whose changes lie near each other, in few ranges; and the others. */
function rangesOf(changes: readonly { meter: string; quarters: readonly number[] }[]): {
  ranges: QuarterRange[];
  apart: string[];
} {
  const ranges: { meters: string[]; from: number; to: number }[] = [];
  const apart: string[] = [];
  const spans = changes
    .filter(({ quarters }) => quarters.length > 0)
    .map(({ meter, quarters }) => ({
      meter,
      from: Math.min(...quarters),
      to: Math.max(...quarters) + QUARTER_HOUR_MS,
    }))
    .sort((a, b) => a.from - b.from);
  for (const { meter, from, to } of spans) {
    const last = ranges.at(-1);
    if (last && to - last.from <= RANGE_MS_MAX) {
      last.meters.push(meter);
      last.to = Math.max(last.to, to);
    } else if (to - from <= RANGE_MS_MAX && ranges.length < RANGES_MAX)
      ranges.push({ meters: [meter], from, to });
    else apart.push(meter);
  }
  return { ranges, apart };
}

/** Whether what was known of a range is no longer there, as a reading took the place of another one. */
function lacks(newest: LatestReading, known: LatestReading | undefined, range: QuarterRange): boolean {
  if (!known) return false;
  const isIn = (t: number): boolean => range.from <= t && t < range.to;
  return (
    (isIn(known.t) && newest.t < known.t) ||
    Object.entries(known.registers).some(
      ([code, { t }]) => isIn(t) && (newest.registers[code]?.t ?? -Infinity) < t,
    )
  );
}

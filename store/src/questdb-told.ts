import { HOUR_MS, QUARTER_HOUR_MS } from "@smp/schemas";
import { readLatestIn } from "./questdb-latest.ts";
import { newerOf, readNewestValues } from "./questdb-newest.ts";
import type { Asking } from "./questdb-quarters.ts";
import type { Tables } from "./questdb-schema.ts";
import { list, numberOf, type Row } from "./questdb-sql.ts";
import type { QuarterRange } from "./series.ts";
import type { LatestReading } from "./store.ts";

/**
 * Newest values as they were last told. Each append leaves a new mark in each quarter hour that it wrote to, and it does so after
 * its readings are committed; so what is known of a meter holds as long as its marks are the same, whoever appends. It is
 * kept only if all readings that were committed when the marks were read could be seen when the values were.
 */
interface Told {
  reading: LatestReading | undefined;
  marks: ReadonlyMap<string, number>;
  /** Their sum, as the server counts it. */
  sum: string;
  /** A state of the table of marks in which they were the same. */
  marksTxn: number;
  checkedMs: number;
  deletedBefore: number;
}

/** Marks are kept for six hours: what was not compared for so long may have missed some. Half, for clocks that are wrong. */
const HOLDS_MS = 3 * HOUR_MS;
const METERS_MAX = 100_000;
/** Changes that lie farther apart, or in more pieces, are not looked at one by one. */
const RANGE_MS_MAX = 8 * QUARTER_HOUR_MS;
const RANGES_MAX = 4;

export class ToldReadings {
  readonly #told = new Map<string, Told>();
  /** Whether marks had changed when they were last asked for. */
  #isChanging = false;
  /** A state that the table of marks had when it was last asked for. */
  #marksTxn = Number.NaN;

  /** The newest values of meters, which METER_ID has passed. */
  async read(asking: Asking, meters: readonly string[]): Promise<LatestReading[]> {
    const { query, tables } = asking;
    const checkedMs = Date.now();
    // While meters write, that some marks have changed need not be asked: an older state only makes the next one ask more.
    const isChanging = this.#isChanging;
    const { marksTxn } = isChanging
      ? { marksTxn: this.#marksTxn }
      : progressOf(tables, await query(progressSql(tables)));
    const [known, unknown]: [string[], string[]] = [[], []];
    for (const meter of meters)
      (this.#holds(meter, checkedMs, asking.deletedBefore(meter)) ? known : unknown).push(meter);
    const unsure = isChanging ? known : known.filter((meter) => this.#told.get(meter)?.marksTxn !== marksTxn);
    const changed = await this.#changed(asking, unsure, { marksTxn, checkedMs });
    this.#isChanging = changed.length > 0;
    const fresh =
      changed.length + unknown.length === 0
        ? new Map<string, LatestReading | undefined>()
        : await this.#renew(asking, changed, unknown, { marksTxn, checkedMs });
    return meters.flatMap(
      (meter) => (fresh.has(meter) ? fresh.get(meter) : this.#told.get(meter)?.reading) ?? [],
    );
  }

  #holds(meter: string, now: number, deletedBefore: number): boolean {
    const told = this.#told.get(meter);
    return told !== undefined && now - told.checkedMs < HOLDS_MS && told.deletedBefore === deletedBefore;
  }

  /** Those of some meters whose marks are not the same any more. */
  async #changed(
    { query, tables }: Asking,
    meters: readonly string[],
    now: Pick<Told, "marksTxn" | "checkedMs">,
  ): Promise<string[]> {
    if (meters.length === 0) return [];
    const rows = await query(
      `SELECT meter, sum(mark)::varchar AS sum FROM ${tables.marks} WHERE done = 0 AND meter IN (${list(meters)}) GROUP BY meter`,
    );
    const sums = new Map(rows.map(({ meter, sum }) => [String(meter), String(sum)]));
    return meters.filter((meter) => {
      const told = this.#told.get(meter);
      if (!told || (sums.get(meter) ?? "0") !== told.sum) return true;
      Object.assign(told, now);
      return false;
    });
  }

  async #renew(
    asking: Asking,
    changed: readonly string[],
    unknown: readonly string[],
    now: Pick<Told, "marksTxn" | "checkedMs">,
  ): Promise<Map<string, LatestReading | undefined>> {
    const { tables } = asking;
    const all = changed.concat(unknown);
    // In this order: the server looks how far its tables are when it sends that, after the marks.
    const [markRows, progressRows] = await asking.pair(marksSql(tables, all), progressSql(tables));
    const marks = marksOf(markRows);
    const { isSettled, marksTxn } = progressOf(tables, progressRows);
    this.#marksTxn = marksTxn;
    const found = new Map<string, LatestReading | undefined>();
    const whole = new Set(unknown);
    const { ranges, apart } = rangesOf(
      changed.map((meter) => ({ meter, quarters: newIn(marks.get(meter), this.#told.get(meter)?.marks) })),
    );
    for (const meter of apart) whole.add(meter);
    // Marks of hours that are long done went away: nothing came.
    for (const meter of changed) found.set(meter, this.#told.get(meter)?.reading);
    for (const range of ranges) {
      const fresh = new Map((await readLatestIn(asking, range)).map((each) => [each.meter, each]));
      for (const meter of range.meters) {
        const known = found.get(meter);
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
    if (isSettled) this.#keep(found, marks, asking, now);
    return found;
  }

  #keep(
    found: ReadonlyMap<string, LatestReading | undefined>,
    marks: ReadonlyMap<string, ReadonlyMap<string, number>>,
    { deletedBefore }: Asking,
    now: Pick<Told, "marksTxn" | "checkedMs">,
  ): void {
    if (this.#told.size + found.size > METERS_MAX) this.#told.clear();
    for (const [meter, reading] of found) {
      const own = marks.get(meter) ?? new Map<string, number>();
      this.#told.set(meter, {
        reading,
        marks: own,
        sum: sumOf(own),
        ...now,
        deletedBefore: deletedBefore(meter),
      });
    }
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

const sumOf = (marks: ReadonlyMap<string, number>): string =>
  BigInt.asIntN(
    64,
    [...marks.values()].reduce((sum, mark) => sum + BigInt(mark), 0n),
  ).toString();

/** The quarter hours that have other marks than before. */
const newIn = (
  marks: ReadonlyMap<string, number> = new Map(),
  before: ReadonlyMap<string, number> = new Map(),
): number[] =>
  [...marks].flatMap(([key, mark]) => (before.get(key) === mark ? [] : Number(key.split(" ")[1])));

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

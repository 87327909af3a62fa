import { HOUR_MS, QUARTER_HOUR_MS } from "@smp/schemas";
import { startOfQuarter } from "../energy/energy.ts";
import { readLatestIn } from "./latest.ts";
import { newerOf, readNewestValues } from "./newest.ts";
import type { Asking } from "./quarters.ts";
import { numberOf } from "./sql.ts";
import {
  marksOf,
  marksSql,
  newIn,
  progressOf,
  progressSql,
  RANGE_MS_MAX,
  rangesOf,
  sumIn,
  sumOf,
  sumsSql,
} from "./latest-marks.ts";
import type { QuarterRange } from "../energy/series.ts";
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

export class LatestCache {
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

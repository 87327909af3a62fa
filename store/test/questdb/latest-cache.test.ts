import * as fc from "fast-check";
import { expect, onTestFinished, test, vi } from "vitest";
import { WIDE } from "../../src/columns.ts";
import { tablesOf } from "../../src/questdb/schema.ts";
import type { Row } from "../../src/questdb/sql.ts";
import { LatestCache } from "../../src/questdb/latest-cache.ts";
import { Swaps } from "../../src/energy/swaps.ts";
import { at, MINUTE } from "../trial.ts";

const METERS = ["a", "b"];
const START = at("2026-03-02T10:00:00Z");
const COLUMNS = WIDE.slice(0, 3).map(({ column }) => column);

/** What a server of these tables answers: rows are committed, and seen a moment later; a mark comes after what it tells of. */
class Server {
  now = START;
  readonly #dice: () => number;
  readonly deleted = new Map<string, number>();
  readonly #readings: { meter: string; t: number; row: Row; isGone?: boolean }[] = [];
  readonly #marks: { meter: string; written_us: number; quarter: number; mark: number }[] = [];
  #unmarked: { meter: string; t: number }[] = [];
  #deletions = 0;
  #going: { meter: string; rows: { isGone?: boolean }[] }[] = [];
  #seen = { readings: 0, marks: 0 };

  constructor(dice: () => number) {
    this.#dice = dice;
  }

  /** One thing that happens meanwhile, elsewhere. */
  happen(): void {
    const kind = this.#dice() % 10;
    if (kind < 3) this.#append();
    else if (kind === 3) this.#mark();
    else if (kind === 4) this.#seen.marks = this.#marks.length;
    else if (kind === 5) this.#seen.readings = Math.min(this.#seen.readings + 1, this.#readings.length);
    else if (kind === 6) this.now += ([0, 1, 1, 20][this.#dice() % 4] ?? 0) * MINUTE;
    else if (kind === 7) this.settle();
    else if (kind === 8) this.#delete();
    else this.#finishDeletions();
  }

  settle(): void {
    this.#finishDeletions();
    this.#mark();
    this.#seen = { readings: this.#readings.length, marks: this.#marks.length };
  }

  /** A reading of now, a late one, or one in the place of another; with some registers. */
  #append(): void {
    const meter = METERS[this.#dice() % METERS.length] ?? "";
    const backMs = [0, 0, 1, 2, 5, 20, 200][this.#dice() % 7] ?? 0;
    const t = Math.floor(this.now / MINUTE - backMs) * MINUTE;
    const values = COLUMNS.map((column) => [column, this.#dice() % 2 === 0 ? null : this.#dice()] as const);
    this.#readings.push({ meter, t, row: Object.fromEntries(values) });
    this.#unmarked.push({ meter, t });
  }

  #mark(): void {
    for (const { meter, t } of this.#unmarked)
      this.#marks.push({
        meter,
        written_us: Math.floor(this.now / (5 * MINUTE)) * 5 * MINUTE * 1000,
        quarter: Math.floor(t / (15 * MINUTE)) * 15 * MINUTE,
        mark: 1 + this.#marks.length * 7_919,
      });
    this.#unmarked = [];
  }

  /** Known at once; all rows that are there, whose times stay, go a moment later. */
  #delete(): void {
    if (this.#dice() % 3 > 0) return;
    const meter = METERS[this.#dice() % METERS.length] ?? "";
    this.deleted.set(meter, Date.now() + ++this.#deletions);
    this.#going.push({ meter, rows: this.#readings.filter((reading) => reading.meter === meter) });
  }

  #finishDeletions(): void {
    for (const { meter, rows } of this.#going) {
      for (const row of rows) row.isGone = true;
      const left = this.#readings.filter((reading) => reading.meter === meter && !reading.isGone);
      this.#unmarked.push(...left);
    }
    this.#going = [];
  }

  answer(sql: string): Row[] {
    if (sql.includes("wal_tables()"))
      return (["readings", "marks"] as const).map((name) => ({
        name,
        writerTxn: this.#seen[name],
        sequencerTxn: name === "readings" ? this.#readings.length : this.#marks.length,
      }));
    const meters = METERS.filter((meter) => sql.includes(`'${meter}'`));
    if (sql.includes("FROM marks")) return this.#answerMarks(sql, meters);
    if (sql.includes("FROM newest") || sql.includes("extra FROM")) return [];
    const [from = 0, to = Infinity] = [...sql.matchAll(/ts >=? '([^']+)'|ts < '([^']+)'/g)].map(
      ([, first, second]) => Date.parse(first ?? second ?? ""),
    );
    return meters.flatMap((meter) => this.#newestOf(sql, meter, { from, to }));
  }

  #answerMarks(sql: string, meters: readonly string[]): Row[] {
    const last = new Map(
      this.#marks
        .slice(0, this.#seen.marks)
        .map((mark) => [`${mark.meter} ${mark.written_us} ${mark.quarter}`, mark]),
    );
    const own = [...last.values()].filter(({ meter }) => meters.includes(meter));
    if (!sql.includes("sum(mark)")) return own.toReversed();
    const since = Number(/quarter < (\d+)/.exec(sql)?.[1]);
    return meters.flatMap((meter) => {
      const marks = own.filter((mark) => mark.meter === meter);
      const sum = (some: typeof marks): string => String(some.reduce((all, { mark }) => all + mark, 0));
      const old = sum(marks.filter(({ quarter }) => quarter < since));
      const newest = Math.max(...marks.map(({ quarter }) => quarter));
      return marks.length === 0 ? [] : { meter, sum: sum(marks), old, newest };
    });
  }

  #newestOf(sql: string, meter: string, { from, to }: { from: number; to: number }): Row[] {
    const own = new Map(
      this.#readings
        .slice(0, this.#seen.readings)
        .filter((reading) => reading.meter === meter && reading.t >= from && reading.t < to)
        .map((reading) => [reading.t, reading]),
    );
    const rows = [...own.values()].filter(({ isGone }) => !isGone).sort((a, b) => a.t - b.t);
    const last = rows.at(-1);
    if (!last) return [];
    const row: Record<string, unknown> = {
      meter,
      device: meter,
      ts_us: last.t * 1000,
      received: this.#readings.indexOf(last),
      quality: 0,
    };
    const asked = COLUMNS.filter((column) => sql.includes(`last_not_null(${column})`));
    for (const column of asked) {
      const newest = rows.findLast((each) => each.row[column] !== null);
      row[column] = newest?.row[column] ?? null;
      row[`${column}_us`] = newest ? newest.t * 1000 : null;
    }
    const isOther = (each: (typeof rows)[number]): boolean =>
      COLUMNS.some((column) => !asked.includes(column) && each.row[column] !== null);
    return [sql.includes("AS others") ? { ...row, others: rows.filter(isOther).length } : row];
  }
}

const asking = (server: Server, meanwhile: () => Promise<void>) => ({
  query: async (sql: string) => {
    await meanwhile();
    const rows = server.answer(sql);
    await meanwhile();
    return rows;
  },
  pair: async (first: string, second: string): Promise<[Row[], Row[]]> => {
    await meanwhile();
    const one = server.answer(first);
    await meanwhile();
    return [one, server.answer(second)];
  },
  tables: tablesOf(""),
  swaps: new Swaps(),
  deletedBefore: (meter: string) => server.deleted.get(meter) ?? 0,
  rollUpMs: 0,
});

test("newest values told from memory are those of the tables, whatever is written, deleted, seen and asked in between", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(), { minLength: 300, maxLength: 600 }), async (rolls) => {
      let rolled = 0;
      const dice = (): number => rolls[rolled++ % rolls.length] ?? 0;
      const server = new Server(dice);
      const told = new LatestCache(() => server.now);
      const busy = asking(server, async () => {
        for (let times = dice() % 3; times > 0; times--) server.happen();
        await Promise.resolve();
      });
      const quiet = asking(server, async () => undefined);
      while (rolled < rolls.length) {
        for (let times = dice() % 4; times > 0; times--) server.happen();
        const some = METERS.slice(dice() % 2);
        // Two ask at once, each with answers of moments of its own.
        if (dice() % 3 === 0) await Promise.all([told.read(busy, METERS), told.read(busy, some)]);
        else await told.read(busy, some);
        if (dice() % 2 === 0) continue;
        server.settle();
        const expected = await new LatestCache(() => server.now).read(quiet, METERS);
        expect(await told.read(quiet, METERS)).toEqual(expected);
      }
    }),
    { numRuns: Number(process.env["SMP_HISTORIES"] ?? 300) },
  );
});

test("what was not compared for hours is read anew: the marks of what came may be gone already", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const rolls: number[] = [];
  const server = new Server(() => rolls.shift() ?? 1);
  const told = new LatestCache(() => server.now);
  const newestMs = async () =>
    (
      await told.read(
        asking(server, async () => undefined),
        ["b"],
      )
    )[0]?.t;
  server.happen();
  server.settle();
  const first = await newestMs();
  server.now += 2 * MINUTE;
  server.happen();
  rolls.push(5);
  server.happen();
  expect(await newestMs()).toBe(first);
  vi.setSystemTime(Date.now() + 180 * MINUTE);
  expect(await newestMs()).toBe((first ?? 0) + 2 * MINUTE);
});

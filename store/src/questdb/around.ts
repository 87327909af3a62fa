import { DAY_MS } from "@smp/schemas";
import { timesOf } from "../energy/around.ts";
import { wholeQuarters, type Quarter } from "../energy/energy.ts";
import { dayMarks, quarterMarks, readDirty } from "./marks.ts";
import { readQuarters, rolledWhere, type Asking } from "./quarters.ts";
import { msOf } from "./read.ts";

/** How far beyond a range a counter's next quarter hour is looked for in `quarters`; farther away in `days`. */
const NEAR_MS = 366 * DAY_MS;
const END_MS = Date.UTC(2400, 0);

/** Looks on one side of a range for a quarter hour that holds a counter, or any reading. */
interface Search {
  meter: string;
  range: { from: number; to: number };
  isBefore: boolean;
  counter: "imp" | "exp" | undefined;
  /** Dirty quarter hours on that side: they may turn out to hold nothing. */
  dirty: readonly number[];
}

/**
 * A meter's quarter hours that touch a range, and around it the nearest one on each side, with `counters` the nearest ones that hold
 * each counter, and the dirty ones that are nearer; in order.
 */
export async function quartersAround(
  asking: Asking,
  { meter, ...asked }: { meter: string; from: number; to: number },
  { counters }: { counters: boolean },
): Promise<Quarter[]> {
  const range = wholeQuarters(asked);
  const marks = quarterMarks(asking.tables);
  const dirty = await readDirty(asking.query, marks, { meters: [meter] });
  const found = await Promise.all(
    [true, false].flatMap((isBefore) => {
      const beyond = dirty
        .map(({ from }) => from)
        .filter((ms) => (isBefore ? ms < range.from : ms >= range.to));
      return (counters ? (["imp", "exp"] as const) : [undefined]).map((counter) =>
        nearest(asking, { meter, range, isBefore, counter, dirty: beyond }),
      );
    }),
  );
  const parts = timesOf(range, found.flat()).map((time) =>
    readQuarters(asking, { meters: [meter], ...time }),
  );
  return (await Promise.all(parts)).flat();
}

/** The nearest quarter hour that is not dirty, and the dirty ones before it is reached. */
async function nearest(asking: Asking, search: Search): Promise<number[]> {
  const { range, isBefore, counter, dirty } = search;
  const reach = counter === undefined ? END_MS : NEAR_MS;
  const near = isBefore
    ? { from: Math.max(range.from - reach, 0), to: range.from }
    : { from: range.to, to: Math.min(range.to + reach, END_MS) };
  const end = (await nearestIn(asking, search, near)) ?? (await farther(asking, search, near));
  return end === undefined ? [...dirty] : [end, ...dirty.filter((ms) => (isBefore ? ms > end : ms < end))];
}

/** In a time; of another table, without those of its rows that are `apart`. */
async function nearestIn(
  asking: Asking,
  { meter, isBefore, counter, dirty }: Search,
  time: { from: number; to: number },
  { table, apart } = { table: asking.tables.quarters, apart: dirty },
): Promise<number | undefined> {
  if (time.from >= time.to) return undefined;
  const rows = await asking.query(
    `SELECT ts::long AS q_us FROM ${table} ${rolledWhere({ meters: [meter], ...time }, asking)}
     ${counter === undefined ? "" : `AND ${counter}_first IS NOT NULL`}
     ORDER BY ts ${isBefore ? "DESC" : "ASC"} LIMIT ${apart.length + 1}`,
  );
  return rows.map((row) => msOf(row["q_us"])).find((ms) => !apart.includes(ms));
}

/**
 * Beyond what was searched: a meter without a feed-in would have all quarter hours of all meters looked at, so that `days` say where to
 * look. Days that are dirty, or hold a dirty quarter hour, say nothing.
 */
async function farther(
  asking: Asking,
  search: Search,
  searched: { from: number; to: number },
): Promise<number | undefined> {
  const { meter, isBefore, counter, dirty } = search;
  if (counter === undefined) return undefined;
  const beyond = isBefore ? { from: 0, to: searched.from } : { from: searched.to, to: END_MS };
  // Of meters that were deleted once there are no days.
  if (asking.deletedBefore(meter) > 0) return nearestIn(asking, search, beyond);
  const dayOf = (ms: number): number => Math.floor(ms / DAY_MS) * DAY_MS;
  const marks = await readDirty(asking.query, dayMarks(asking.tables), { meters: [meter] });
  const edge = isBefore ? beyond.to : beyond.from;
  const apart = [...new Set([...marks.map(({ from }) => from), ...dirty, edge].map(dayOf))].filter((day) =>
    isBefore ? day < beyond.to : day + DAY_MS > beyond.from,
  );
  const days = { from: dayOf(beyond.from), to: beyond.to };
  const day = await nearestIn(asking, search, days, { table: asking.tables.days, apart });
  const farthest = day ?? (isBefore ? Math.min(...apart) : Math.max(...apart));
  return nearestIn(
    asking,
    search,
    isBefore ? { ...beyond, from: farthest } : { ...beyond, to: farthest + DAY_MS },
  );
}

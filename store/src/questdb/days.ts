/**
 * `days` has one row per meter and day UTC: its quarter hours added up, gaps inside it included. What passed between two days
 * is not in it but told by their first and last counters, so that a day depends on nothing else. A row of a day without
 * quarter hours says `n` 0. Days of meters that were deleted once stay empty, and are not asked.
 */
import { DAY_MS, grouped } from "@smp/schemas";
import { foldMeter, type Counter, type Quarter } from "../energy/energy.ts";
import { dayMarks, keyOf, readUndone, writeDone, type Quarterly } from "./marks.ts";
import { readRolled, type Asking } from "./quarters.ts";
import { fillCounted, type RollUp, type Sender } from "./rollup.ts";
import type { QuarterRange } from "../energy/series.ts";

/** Marks read at once, and meters times days rolled up at once. */
const MARKS = 2_000;
const AT_ONCE = 200;

/** Rolls up the days that are dirty now, before an instant or after a later one; several processes may do so at once. */
export async function rollUpDays(
  { connections, asking, settled }: RollUp,
  time: { before: number; after?: number },
): Promise<void> {
  const { sql, ilp, marks: markWriter } = await connections();
  for (;;) {
    const { tables } = await asking();
    const marks = await readUndone(sql, dayMarks(tables), { ...time, limit: MARKS });
    if (marks.length === 0) return;
    // The marks were written when the quarter hours were seen; what the meters' documents say may be younger.
    await settled();
    const known = await asking();
    for (const range of rangesOf(marks)) {
      const wanted = new Set(range.days.map(keyOf));
      const found = (await readDays(known, range)).filter((day) => wanted.has(keyOf(day)));
      const there = new Set(found.map(keyOf));
      const empty = range.days.filter((day) => !there.has(keyOf(day))).map(emptyDay);
      await ilp.write(tables.days, found.concat(empty), fillDay);
    }
    await settled();
    await writeDone(markWriter, dayMarks(tables), marks);
    await settled();
    if (marks.length < MARKS) return;
  }
}

/** Days, in order of time, in ranges that hold few others. */
function rangesOf(days: readonly Quarterly[]): (QuarterRange & { days: Quarterly[] })[] {
  const ranges: { meters: Set<string>; from: number; to: number; days: Quarterly[] }[] = [];
  for (const day of days) {
    const range = ranges.at(-1);
    const to = day.from + DAY_MS;
    const size = range && (range.meters.size + 1) * ((to - range.from) / DAY_MS);
    if (range && size !== undefined && size <= AT_ONCE && day.from <= range.to) {
      range.meters.add(day.meter);
      range.to = to;
      range.days.push(day);
    } else ranges.push({ meters: new Set([day.meter]), from: day.from, to, days: [day] });
  }
  return ranges.map(({ meters, ...range }) => ({ ...range, meters: [...meters] }));
}

async function readDays(asking: Asking, range: QuarterRange): Promise<Quarter[]> {
  const meters = range.meters.filter((meter) => asking.deletedBefore(meter) === 0);
  if (meters.length === 0) return [];
  const quarters = (await readRolled(asking, { ...range, meters })).map(({ quarter }) => quarter);
  const byDay = grouped(quarters, ({ meter, from }) => `${meter} ${Math.floor(from / DAY_MS)}`);
  return [...byDay.values()].flatMap((ofDay) => dayOf(ofDay, asking) ?? []);
}

/** One meter's quarter hours of one day, in order, as one. */
function dayOf(quarters: readonly Quarter[], { swaps }: Asking): Quarter | undefined {
  const [first, last] = [quarters[0], quarters.at(-1)];
  if (!first || !last) return undefined;
  const { meter } = first;
  const from = Math.floor(first.from / DAY_MS) * DAY_MS;
  const [sum] = foldMeter(quarters, [from, from + DAY_MS], swaps.of(meter));
  if (!sum) return undefined;
  const counter = (
    name: "imported" | "exported",
    gained: number | null,
    unallocated: number,
  ): Counter | null => {
    const own = quarters.flatMap((quarter) => quarter[name] ?? []);
    const [start, end] = [own[0], own.at(-1)];
    return start && end ? { ...start, last: end.last, lastMs: end.lastMs, gained, unallocated } : null;
  };
  const powers = quarters.filter(({ powerCount }) => powerCount > 0);
  return {
    meter,
    from,
    seen: sum.quartersSeen,
    readings: sum.readings,
    firstMs: first.firstMs,
    lastMs: last.lastMs,
    imported: counter("imported", sum.importWh, sum.importUnallocatedWh),
    exported: counter("exported", sum.exportWh, sum.exportUnallocatedWh),
    powerSum: powers.reduce((all, { powerSum }) => all + powerSum, 0),
    powerCount: powers.reduce((all, { powerCount }) => all + powerCount, 0),
    powerMin: sum.powerMinW,
    powerMax: sum.powerMaxW,
  };
}

const emptyDay = ({ meter, from }: Quarterly): Quarter => ({
  meter,
  from,
  seen: 0,
  readings: 0,
  firstMs: from,
  lastMs: from,
  imported: null,
  exported: null,
  powerSum: 0,
  powerCount: 0,
  powerMin: null,
  powerMax: null,
});

async function fillDay(sender: Sender, day: Quarter): Promise<void> {
  fillCounted(sender.symbol("meter", day.meter), day);
  sender.intColumn("seen", day.seen ?? 0);
  sender.floatColumn("imp_unallocated", day.imported?.unallocated ?? 0);
  sender.floatColumn("exp_unallocated", day.exported?.unallocated ?? 0);
  await sender.at(day.from, "ms");
}

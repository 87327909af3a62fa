import { DAY_MS } from "@smp/schemas";
import { startOfQuarter, type Counter, type Quarter } from "../energy/energy.ts";
import type { Connections } from "./documents.ts";
import { dayMarks, keyOf, quarterMarks, readUndone, writeDone, writeMarks, type Quarterly } from "./marks.ts";
import { readChosen, type Asking, type Rolled } from "./quarters.ts";

/** Marks read at once, and quarter hours rolled up at once. */
const MARKS = 200_000;
const AT_ONCE = 20_000;

/** What rolling up needs: a fresh look at the meters, and to wait until all that is committed is visible. */
export interface RollUp {
  connections: () => Promise<Connections>;
  asking: () => Promise<Asking>;
  settled: () => Promise<void>;
}

/** Rolls up what is dirty now, before an instant or after a later one; several processes may do so at once. */
export async function rollUp(
  { connections, asking, settled }: RollUp,
  time: { before: number; after?: number },
): Promise<number> {
  const { sql, ilp, marks: markWriter } = await connections();
  let rolledUp = 0;
  for (;;) {
    const { tables } = await asking();
    const marks = await readUndone(sql, quarterMarks(tables), { ...time, limit: MARKS });
    if (marks.length === 0) return rolledUp;
    // The marks were written after the readings, the swaps and the deletions that they tell of.
    await settled();
    const known = await asking();
    for (let start = 0; start < marks.length; start += AT_ONCE) {
      const rolled = await readChosen(known, marks.slice(start, start + AT_ONCE));
      await ilp.write(tables.quarters, [...rolled.values()], fillQuarter);
    }
    await settled();
    // Seen before the quarter hours are done: who sees those done sees that their day is not, or is again.
    await writeMarks(markWriter, dayMarks(tables), daysOf(marks));
    await settled();
    await writeDone(markWriter, quarterMarks(tables), marks);
    await settled();
    rolledUp += marks.length;
    if (marks.length < MARKS) return rolledUp;
  }
}

export type Sender = Parameters<Parameters<Connections["ilp"]["write"]>[2]>[0];

/** The columns that `quarters` and `days` have in common. */
export function fillCounted(sender: Sender, quarter: Quarter): void {
  const us = (ms: number): number => Math.round(ms * 1000);
  const counter = (name: string, value: Counter | null): void => {
    if (!value) return;
    sender.floatColumn(`${name}_first`, value.first).floatColumn(`${name}_last`, value.last);
    if (value.gained !== null) sender.floatColumn(`${name}_gained`, value.gained);
    sender.intColumn(`${name}_first_us`, us(value.firstMs)).intColumn(`${name}_last_us`, us(value.lastMs));
  };
  sender.intColumn("n", quarter.readings);
  sender.intColumn("first_us", us(quarter.firstMs)).intColumn("last_us", us(quarter.lastMs));
  counter("imp", quarter.imported);
  counter("exp", quarter.exported);
  sender.floatColumn("p_sum", quarter.powerSum).intColumn("p_n", quarter.powerCount);
  if (quarter.powerMin !== null) sender.floatColumn("p_min", quarter.powerMin);
  if (quarter.powerMax !== null) sender.floatColumn("p_max", quarter.powerMax);
}

export async function fillQuarter(sender: Sender, { quarter, received, cuts }: Rolled): Promise<void> {
  fillCounted(sender.symbol("meter", quarter.meter), quarter);
  sender.intColumn("received", received).intColumn("cuts", cuts);
  await sender.at(quarter.from, "ms");
}

/** The quarter hours that readings, or instants, of meters lie in; each once. */
export function quartersOf(readings: readonly { meter: string; t: number }[]): Quarterly[] {
  const found = new Map<string, Quarterly>();
  for (const { meter, t } of readings) {
    const from = startOfQuarter(t);
    found.set(keyOf({ meter, from }), { meter, from });
  }
  return [...found.values()];
}

/** The days UTC of quarter hours, each once. */
export function daysOf(quarters: readonly Quarterly[]): Quarterly[] {
  const days = quarters.map(({ meter, from }) => ({ meter, from: Math.floor(from / DAY_MS) * DAY_MS }));
  return [...new Map(days.map((day) => [keyOf(day), day])).values()];
}

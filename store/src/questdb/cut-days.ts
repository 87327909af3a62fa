import { DAY_MS, grouped } from "@smp/schemas";
import { foldMeter, type Counter, type Quarter } from "../energy/energy.ts";
import { msOf } from "./read.ts";
import { numberOf, type Row } from "./sql.ts";

/**
 * Days that bounds cut into pieces. What passed between the rows of the longest piece is what the row of the whole day has more
 * than its pieces, so that the server looks for neighbours in the others only: a local midnight is an hour or two from
 * midnight UTC, and a window function takes some microseconds a row.
 */
export interface CutDay {
  /** Start of the day, Unix ms. */
  from: number;
  /** Numbers of its stretches, in order of time. */
  pieces: readonly number[];
  longest: number;
}

/** Of the days that stretches cut, those that lie wholly in the range. */
export function cutDaysOf(
  starts: readonly number[],
  to: number,
  isToldByItsRow: (day: number) => boolean,
): CutDay[] {
  const byDay = grouped(starts.keys(), (index) => Math.floor((starts[index] ?? 0) / DAY_MS));
  return [...byDay].flatMap(([day, pieces]) => {
    const from = day * DAY_MS;
    const isWhole = starts[pieces[0] ?? -1] === from && from + DAY_MS <= to;
    if (pieces.length < 2 || !isWhole || !isToldByItsRow(day)) return [];
    const lengthOf = (piece: number): number =>
      Math.min(starts[piece + 1] ?? Infinity, from + DAY_MS) - (starts[piece] ?? 0);
    const longest = pieces.reduce((best, piece) => (lengthOf(piece) > lengthOf(best) ? piece : best));
    return { from, pieces, longest };
  });
}

/** A meter's stretch, and how many rows with each counter it was added up from. */
export interface Piece {
  stretch: number;
  quarter: Quarter;
  counts: { imported: number; exported: number };
}

/** Completes the longest pieces from the rows of their days; false: pieces and rows are not of the same moment. */
export function completeCutDays(
  pieces: readonly Piece[],
  days: readonly Row[],
  cutDays: readonly CutDay[],
): boolean {
  const rows = new Map(days.map((row) => [`${String(row["meter"])} ${msOf(row["q_us"])}`, row]));
  const cutDayOf = new Map(cutDays.flatMap((day) => day.pieces.map((piece) => [piece, day])));
  const groups = new Map<string, { day: CutDay; own: Piece[] }>();
  for (const piece of pieces) {
    const day = cutDayOf.get(piece.stretch);
    if (!day) continue;
    const key = `${piece.quarter.meter} ${day.from}`;
    const group = groups.get(key) ?? { day, own: [] };
    groups.set(key, group);
    group.own.push(piece);
  }
  return [...groups].every(([key, { day, own }]) => {
    const row = rows.get(key);
    return row !== undefined && complete(own, row, day);
  });
}

function complete(own: readonly Piece[], row: Row, { from, longest }: CutDay): boolean {
  const quarters = own.map(({ quarter }) => quarter).sort((a, b) => a.from - b.from);
  const [known] = foldMeter(quarters, [from, from + DAY_MS], []);
  if (!known || known.readings !== numberOf(row["n"])) return false;
  const piece = own.find(({ stretch }) => stretch === longest);
  const more = (
    name: string,
    energyWh: number | null,
    unallocatedWh: number,
  ): { wh: number; apart: number } => ({
    wh: (numberOf(row[`${name}_gained`]) ?? 0) - (energyWh ?? 0),
    apart: (numberOf(row[`${name}_unallocated`]) ?? 0) - unallocatedWh,
  });
  const add = (name: "imported" | "exported", { wh, apart }: { wh: number; apart: number }): boolean => {
    const counter: Counter | null | undefined = piece?.quarter[name];
    if (!piece || !counter || piece.counts[name] < 2) return wh === 0 && apart === 0;
    if (wh < 0 || apart < 0) return false;
    piece.quarter[name] = {
      ...counter,
      gained: (counter.gained ?? 0) + wh,
      unallocated: (counter.unallocated ?? 0) + apart,
    };
    return true;
  };
  return (
    add("imported", more("imp", known.importWh, known.importUnallocatedWh)) &&
    add("exported", more("exp", known.exportWh, known.exportUnallocatedWh))
  );
}

import type { MeterSettings } from "../access/meter-settings.ts";
import { publicMembers, type GroupRecord } from "./group.ts";

/** French law (CNIL 2017-024): the least number of consumers in a published sum. */
export const CELL_MEMBERS_MIN = 11;

/**
 * Meters that are in exactly the same public groups. Whatever is added to or taken from each other of the groups' sums,
 * the meters of a cell always come together: what can be learned of a cell is its sum, never a part of it.
 */
export interface Cell {
  groups: readonly string[];
  meters: string[];
}

/** Divides the meters that count only in sums by the public groups that they are in. */
export function cellsOf(groups: readonly GroupRecord[], settings: MeterSettings): Cell[] {
  const memberships = new Map<string, string[]>();
  for (const group of groups.filter(({ visibility }) => visibility === "public"))
    for (const meter of publicMembers(group, settings).aggregate)
      memberships.set(meter, [...(memberships.get(meter) ?? []), group.id]);
  const cells = new Map<string, Cell>();
  for (const [meter, ids] of memberships) {
    // In the groups' order, which is the same for every meter.
    const key = ids.join(" ");
    const cell = cells.get(key) ?? { groups: ids, meters: [] };
    cells.set(key, cell);
    cell.meters.push(meter);
  }
  return [...cells.values()];
}

export const isLarge = ({ meters }: Cell): boolean => meters.length >= CELL_MEMBERS_MIN;

/** The groups that overlap so that their difference would show fewer than eleven households; undefined when none do. */
export function differencing(cells: readonly Cell[]): Cell | undefined {
  return cells.find((cell) => {
    if (isLarge(cell)) return false;
    // A group that is small by itself answers with nothing; it endangers none.
    return cells.some((other) => other !== cell && other.groups.some((id) => cell.groups.includes(id)));
  });
}

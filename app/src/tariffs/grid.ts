import type { TariffDay, TimeOfUsePrice, TimeZonePrice } from "@smp/schemas/api";

/**
 * Time zones as a grid and as rules, one model: the rules of the contract. The grid is what they mean in one month; painting
 * it writes rules that mean the painted grid.
 */
export const DAYS: readonly TariffDay[] = ["mo", "tu", "we", "th", "fr", "sa", "su", "holiday"];
export const SLOTS = 96;
const MINUTES_PER_SLOT = 15;

export interface ZoneName {
  name: string;
  price: string;
}

/** What counts in a quarter hour: the rule, or undefined for `otherwise`. By day, then by quarter hour. */
export type Grid = (TimeZonePrice | undefined)[][];

const slotOf = (clock: string | undefined, fallback: number): number => {
  if (clock === undefined) return fallback;
  const [hours = 0, minutes = 0] = clock.split(":").map(Number);
  return (hours * 60 + minutes) / MINUTES_PER_SLOT;
};
/** `06:15` of the 25th quarter hour, `24:00` of the one after the last. */
export const clockOf = (slot: number): string =>
  `${String(Math.floor(slot / 4)).padStart(2, "0")}:${String((slot % 4) * MINUTES_PER_SLOT).padStart(2, "0")}`;

/** The quarter hours of a week that a rule covers, as [day, slot]; a window over midnight goes on into the next day. */
export function cellsOf(zone: TimeZonePrice): [number, number][] {
  const [from, to] = [slotOf(zone.from, 0), slotOf(zone.to, SLOTS)];
  const length = to > from ? to - from : to + SLOTS - from;
  return DAYS.flatMap((day, row) => {
    if (zone.days && !zone.days.includes(day)) return [];
    return Array.from({ length }, (_, index): [number, number] => {
      const slot = from + index;
      // After Sunday comes Monday; the day after a holiday is not known, and is shown on the holiday itself.
      const next = row === 6 ? 0 : row === 7 ? 7 : row + 1;
      return slot < SLOTS ? [row, slot] : [next, slot - SLOTS];
    });
  });
}

const holdsIn = (zone: TimeZonePrice, month: number): boolean => zone.months?.includes(month) ?? true;

/** The week of a month: the first rule that fits, as the platform counts. */
export function gridOf({ zones }: TimeOfUsePrice, month: number): Grid {
  const grid: Grid = DAYS.map(() => Array.from({ length: SLOTS }, () => undefined));
  for (const zone of zones.toReversed())
    if (holdsIn(zone, month)) for (const [row, slot] of cellsOf(zone)) grid[row]![slot] = zone;
  return grid;
}

export interface Season {
  /** The months of its rules; undefined: all year. */
  months: number[] | undefined;
  /** One of its months, to look at. */
  month: number;
}

const sameMonths = (a: readonly number[] | undefined, b: readonly number[] | undefined): boolean =>
  (a ?? []).join() === (b ?? []).join();

/** The seasons that the rules tell apart; all year is always one. */
export function seasonsOf({ zones }: TimeOfUsePrice): Season[] {
  const lists = zones.flatMap(({ months }) => (months ? [months] : []));
  const known = lists.filter(
    (months, index) => lists.findIndex((other) => sameMonths(months, other)) === index,
  );
  const taken = new Set(known.flat());
  const free = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].find((month) => !taken.has(month)) ?? 1;
  return [{ months: undefined, month: free }, ...known.map((months) => ({ months, month: months[0] ?? 1 }))];
}

/** Rules for the cells that carry a name: the fewest windows over days whose cells are equal. */
function rulesOf(cells: (ZoneName | undefined)[][], months: number[] | undefined): TimeZonePrice[] {
  const windows = new Map<string, { zone: ZoneName; from: number; to: number; days: TariffDay[] }>();
  for (const [row, day] of cells.entries()) {
    for (let from = 0; from < SLOTS; from++) {
      const zone = day[from];
      if (!zone) continue;
      let to = from + 1;
      while (to < SLOTS && day[to]?.name === zone.name && day[to]?.price === zone.price) to++;
      const key = `${zone.name}\n${zone.price}\n${from}\n${to}`;
      const known = windows.get(key) ?? { zone, from, to, days: [] };
      known.days.push(DAYS[row]!);
      windows.set(key, known);
      from = to - 1;
    }
  }
  return [...windows.values()].map(({ zone, from, to, days }) => ({
    name: zone.name,
    price: zone.price,
    ...(days.length === DAYS.length ? {} : { days }),
    ...(months === undefined ? {} : { months }),
    ...(from === 0 && to === SLOTS ? {} : { from: clockOf(from), to: clockOf(to) }),
  }));
}

/** Paints cells of a season with a zone, or with `otherwise` (undefined). */
export function paint(
  component: TimeOfUsePrice,
  season: Season,
  painted: readonly [number, number][],
  brush: ZoneName | undefined,
): TimeOfUsePrice {
  const mine = (zone: TimeZonePrice): boolean => sameMonths(zone.months, season.months);
  const others = component.zones.filter((zone) => !mine(zone));
  const own: (ZoneName | undefined)[][] = gridOf(
    { ...component, zones: component.zones.filter(mine) },
    season.month,
  ).map((day) => day.map((zone) => zone && { name: zone.name, price: zone.price }));
  const under = gridOf({ ...component, zones: others }, season.month);
  for (const [row, slot] of painted)
    own[row]![slot] =
      brush ?? (season.months !== undefined && under[row]![slot] ? component.otherwise : undefined);
  // The rules of a season come before those of all year, because the first that fits counts.
  const rules = rulesOf(own, season.months);
  return { ...component, zones: season.months === undefined ? [...others, ...rules] : [...rules, ...others] };
}

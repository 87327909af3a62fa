export interface Bar {
  key: string;
  /** On the axis; and in full for the reader of a screen. */
  label: string;
  spoken: string;
  /** Above the line and below it, both as positive numbers; null: unknown. */
  up: number | null;
  down: number | null;
  /** The part of each that is known in sum but not in time: hatched. */
  upHatched: number;
  downHatched: number;
  /** The same in the period that it is compared with: an outline behind; null: none. */
  ghostUp: number | null;
  ghostDown: number | null;
  /** Share of the time without readings; 1: no data at all. */
  missing: number;
  /** Has not begun yet, or was before the meter. */
  outside: boolean;
}

/** What selects a bar; undefined: there is none, or it is of a time that has not come or was before the meter. */
export const stepTo = (
  bars: readonly Bar[],
  index: number,
  select: (index: number) => void,
): (() => void) | undefined => (bars[index]?.outside === false ? () => select(index) : undefined);

/** Where an arrow key leads: over what can be selected, the newest of it first. Undefined: nowhere, or it is another key. */
export function moved(bars: readonly Bar[], key: string, selected: number | null): number | undefined {
  const inside = bars.flatMap(({ outside }, index) => (outside ? [] : [index]));
  const [first, last] = [inside[0], inside.at(-1)];
  const back = selected === null ? last : (inside.findLast((index) => index < selected) ?? first);
  const on = selected === null ? first : (inside.find((index) => index > selected) ?? last);
  return { ArrowLeft: back, ArrowDown: back, ArrowRight: on, ArrowUp: on, Home: first, End: last }[key];
}

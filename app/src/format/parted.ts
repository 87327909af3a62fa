/** Keeps number and unit on one line. */
export const SPACE = "\u00a0";

/**
 * A shown value's number and its unit: the last space divides them, for German groups thousands with such spaces too. What does
 * not begin with the number stays whole: `−€ 1,50`, `nicht veröffentlicht`.
 */
export function parted(shown: string): [number: string, unit: string] {
  const at = shown.lastIndexOf(SPACE);
  return at < 0 || !/^−?\d/.test(shown) ? [shown, ""] : [shown.slice(0, at), shown.slice(at + 1)];
}

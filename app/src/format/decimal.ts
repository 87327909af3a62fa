/** Exact decimals as people type them; the API takes them as text, so that no float comes near a price. */

/** Moves the point of a decimal text so many places to the right. */
export function movePoint(decimal: string, places: number): string {
  const negative = decimal.startsWith("-");
  const [whole = "0", fraction = ""] = decimal.replace("-", "").split(".");
  const digits = whole + fraction;
  const point = whole.length + places;
  const padded = point <= 0 ? "0".repeat(1 - point) + digits : digits.padEnd(point, "0");
  const at = Math.max(1, point);
  const left = padded.slice(0, at).replace(/^0+(?=\d)/, "");
  const right = padded.slice(at);
  const shown = right === "" ? left : `${left}.${right}`;
  return negative && /[1-9]/.test(shown) ? `-${shown}` : shown;
}

/** Groups of thousands as people, bills and spreadsheets write them; the decimal sign is then the other one. */
const GROUPS = [
  /^(-?\d{1,3}(?:\.\d{3})+)(?:,|$)/,
  /^(-?\d{1,3}(?:,\d{3})+)(?:\.|$)/,
  /^(-?\d{1,3}(?:[\s'’]\d{3})+)(?=[.,]|$)/,
];

/** Without the signs between thousands. One group alone may as well be three decimals, which only the language can tell. */
function ungrouped(typed: string, comma: boolean): string | undefined {
  const single = /^-?[1-9]\d{0,2}([.,])\d{3}$/.exec(typed)?.[1];
  if (single !== undefined) return (single === ",") === comma ? typed : undefined;
  if (/^-?0[.,]\d{3}$/.test(typed)) return typed;
  const groups = GROUPS.map((pattern) => pattern.exec(typed)?.[1]).find((found) => found !== undefined);
  return groups === undefined ? typed : groups.replace(/[^\d-]/g, "") + typed.slice(groups.length);
}

/**
 * `14,90` or `14.9` → `14.90`, `1.234,50` → `1234.50`; undefined: no decimal number, more places than allowed, or one that means
 * a thousand times as much elsewhere: `1.200` is twelve hundred where people write decimals with a comma.
 */
export function readDecimal(typed: string, places: number, comma: boolean): string | undefined {
  const plain = ungrouped(typed.trim().replace("−", "-"), comma)?.replace(",", ".");
  if (plain === undefined) return undefined;
  const match = /^(-?)0*(\d{1,6})(?:\.(\d*))?$/.exec(plain);
  if (!match) return undefined;
  const [, sign = "", whole = "0", fraction = ""] = match;
  if (fraction.length > places) return undefined;
  return `${sign}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

/** A price per kWh from cents as typed: `14,90` → `0.1490`. */
export const priceOfCents = (typed: string, comma: boolean): string | undefined => {
  const cents = readDecimal(typed, 6, comma);
  return cents === undefined ? undefined : movePoint(cents, -2);
};

/** And back: `0.1490` → `14,90` in German. */
export const centsOfPrice = (price: string, comma: boolean): string => {
  const cents = movePoint(price, 2);
  return comma ? cents.replace(".", ",") : cents;
};

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

/** `14,90` or `14.9` → `14.90`; undefined: no decimal number, or more places than allowed. */
export function readDecimal(typed: string, places: number): string | undefined {
  const plain = typed.trim().replace("−", "-").replace(",", ".");
  const match = /^(-?)0*(\d{1,6})(?:\.(\d*))?$/.exec(plain);
  if (!match) return undefined;
  const [, sign = "", whole = "0", fraction = ""] = match;
  if (fraction.length > places) return undefined;
  return `${sign}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

/** A price per kWh from cents as typed: `14,90` → `0.1490`. */
export const priceOfCents = (typed: string): string | undefined => {
  const cents = readDecimal(typed, 6);
  return cents === undefined ? undefined : movePoint(cents, -2);
};

/** And back: `0.1490` → `14,90` in German. */
export const centsOfPrice = (price: string, comma: boolean): string => {
  const cents = movePoint(price, 2);
  return comma ? cents.replace(".", ",") : cents;
};

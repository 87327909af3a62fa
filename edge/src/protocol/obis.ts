/** Codes whose notation is kept; a meter sends the same few dozen for years. */
const NAMES_MAX = 1024;
const names = new Map<number, string>();

/** Notation `A-B:C.D.E` of a six-byte logical name; the billing value group F only when it is not 255, "any". */
export function toObis(name: Uint8Array): string {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = name;
  const key = ((a << 16) | (b << 8) | c) * 2 ** 24 + ((d << 16) | (e << 8) | f);
  const known = names.get(key);
  if (known !== undefined) return known;
  if (names.size >= NAMES_MAX) names.clear();
  const notation = `${a}-${b}:${c}.${d}.${e}${f === 0xff ? "" : `*${f}`}`;
  names.set(key, notation);
  return notation;
}

/** Media groups A of IEC 62056-61; larger first bytes belong to text, or to makers' own objects. */
const MEDIUM_MAX = 9;

/**
 * Whether an octet string can be a logical name. Six ASCII digits cannot: their codes lie above every medium.
 * Group F is 255 in push lists; 0 to 99 name earlier billing periods.
 */
export const looksLikeObis = (octets: Uint8Array): boolean =>
  octets.length === 6 &&
  (octets[0] as number) <= MEDIUM_MAX &&
  ((octets[5] as number) === 0xff || (octets[5] as number) <= 99);

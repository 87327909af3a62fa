/** Notation `A-B:C.D.E` of a six-byte logical name; the billing value group F only when it is not 255, "any". */
export function toObis(name: Uint8Array): string {
  const [a, b, c, d, e, f] = name;
  return f === 0xff ? `${a}-${b}:${c}.${d}.${e}` : `${a}-${b}:${c}.${d}.${e}*${f}`;
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

/** Nesting of a batch is 3 (array, reading, registers); one level is room for later versions. */
export const NESTING_MAX = 4;
/** Keys that mean something else than data in JavaScript. */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** One reading of a message, decoded but not yet checked against the contract. */
export interface DecodedReading {
  value: unknown;
  /** The original bytes of this reading alone. */
  bytes: Uint8Array;
  /** What was found wrong with this reading and its value does not show. */
  fault: string | undefined;
  /** Its place in a batch; `undefined` when the message is a single reading. */
  index: number | undefined;
}

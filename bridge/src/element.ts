/** Nesting of a batch is 3 (array, reading, registers); one level is room for later versions. */
export const NESTING_MAX = 4;
/** Keys that mean something else than data in JavaScript. */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** One reading's part of a message. */
export interface Element {
  /** The original bytes of this reading alone. */
  bytes: Uint8Array;
  /** What a scan found wrong with this reading and no decoder would show. */
  fault: string | undefined;
}

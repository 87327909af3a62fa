const SLOTS = 1_024;

interface Slot {
  bytes: Uint8Array;
  text: string;
}

/**
 * Texts for the keys of messages: every reading of every meter has the same ones, and making a string anew costs more
 * than all the rest of decoding it. Bounded: a key takes the place of the one that had its slot.
 */
export class KeyCache {
  readonly #slots: (Slot | undefined)[] = Array.from({ length: SLOTS });

  /** The text of `payload` from `start` to `end`, which is valid UTF-8. */
  text(payload: Buffer, start: number, end: number): string {
    let hash = end - start;
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (payload[at] ?? 0)) | 0;
    const place = (hash ^ (hash >>> 10)) & (SLOTS - 1);
    const slot = this.#slots[place];
    if (slot && isEqual(slot.bytes, payload, start, end)) return slot.text;
    const text = payload.toString("utf8", start, end);
    this.#slots[place] = { bytes: Uint8Array.from(payload.subarray(start, end)), text };
    return text;
  }
}

function isEqual(bytes: Uint8Array, payload: Buffer, start: number, end: number): boolean {
  if (bytes.length !== end - start) return false;
  for (let index = 0; index < bytes.length; index++)
    if (bytes[index] !== payload[start + index]) return false;
  return true;
}

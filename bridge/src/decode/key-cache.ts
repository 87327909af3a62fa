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
    return this.find(payload, start, end) ?? this.#add(payload, start, end);
  }

  /** The same if it is among those that were asked for; such bytes need not be valid to be looked for. */
  find(payload: Buffer, start: number, end: number): string | undefined {
    const slot = this.#slots[placeOf(payload, start, end)];
    return slot && isEqual(slot.bytes, payload, start, end) ? slot.text : undefined;
  }

  #add(payload: Buffer, start: number, end: number): string {
    const text = payload.toString("utf8", start, end);
    const bytes = Uint8Array.from(payload.subarray(start, end));
    this.#slots[placeOf(payload, start, end)] = { bytes, text };
    return text;
  }
}

function placeOf(payload: Buffer, start: number, end: number): number {
  let hash = end - start;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (payload[at] ?? 0)) | 0;
  return (hash ^ (hash >>> 10)) & (SLOTS - 1);
}

function isEqual(bytes: Uint8Array, payload: Buffer, start: number, end: number): boolean {
  if (bytes.length !== end - start) return false;
  for (let index = 0; index < bytes.length; index++)
    if (bytes[index] !== payload[start + index]) return false;
  return true;
}

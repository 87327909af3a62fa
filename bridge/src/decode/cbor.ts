import { isUtf8 } from "node:buffer";
import { type DecodedReading, FORBIDDEN_KEYS, NESTING_MAX } from "./element.ts";
import { KeyCache } from "./key-cache.ts";
import { Rejection } from "../rejection.ts";

/** Major types of RFC 8949, section 3.1. */
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const TAG = 6;
const KEY_BYTES_MAX = 128;
/** cbor-x's own extension: records, which save keys and which no other library reads. */
const RECORD_TAGS: ReadonlySet<number> = new Set([57_342, 57_343]);

const FLOAT32 =
  "is a half- or single-precision float, which cannot hold a counter exactly: send integers as integers and other values as 64-bit double (on Arduino and ESP32: double or an integer type, never float)";

/**
 * Decodes a CBOR message of the JSON data model, and nothing else of CBOR: no tags, no indefinite lengths, text keys that
 * stand once, nesting of at most 4, nothing behind the end. Whatever else it holds throws a `Rejection` of the whole message;
 * only a byte string, undefined, a short float and a number that is not finite are the fault of their reading alone.
 */
export function readCbor(payload: Buffer): DecodedReading[] {
  return new Reader(payload).message();
}

const keys = new KeyCache();

class Reader {
  readonly #payload: Buffer;
  #at = 0;
  #fault: string | undefined;

  constructor(payload: Buffer) {
    this.#payload = payload;
  }

  message(): DecodedReading[] {
    const readings: DecodedReading[] = [];
    const initial = this.#byte();
    if (initial >> 5 === ARRAY) {
      const length = this.#length(initial);
      for (let index = 0; index < length; index++) readings.push(this.#reading(2, index));
    } else {
      this.#at = 0;
      readings.push(this.#reading(1, undefined));
    }
    const rest = this.#payload.length - this.#at;
    if (rest > 0) throw invalid(`${rest} bytes follow the end of the message at byte ${this.#at}`);
    return readings;
  }

  #reading(depth: number, index: number | undefined): DecodedReading {
    const start = this.#at;
    this.#fault = undefined;
    const value = this.#item(depth, undefined);
    const isWhole = start === 0 && this.#at === this.#payload.length;
    const bytes = isWhole ? this.#payload : this.#payload.subarray(start, this.#at);
    return { value, bytes, fault: this.#fault, index };
  }

  /** One data item; `key` is the one that it belongs to, for messages. What is at fault becomes null. */
  #item(depth: number, key: string | undefined): unknown {
    const at = this.#at;
    const initial = this.#byte();
    switch (initial >> 5) {
      case 0:
        return this.#argument(initial);
      case NEGATIVE:
        return -1 - this.#argument(initial);
      case BYTES:
        this.#skip(this.#length(initial));
        this.#fault ??= `${placeOf(key)} is a byte string (byte ${at}): only numbers and texts are allowed.`;
        return null;
      case TEXT: {
        const start = this.#text(this.#length(initial));
        return this.#payload.toString("utf8", start, this.#at);
      }
      case ARRAY: {
        const length = this.#container(initial, depth);
        const list: unknown[] = [];
        for (let index = 0; index < length; index++) list.push(this.#item(depth + 1, key));
        return list;
      }
      case MAP:
        return this.#map(this.#container(initial, depth), depth);
      case TAG:
        throw tagged(this.#argument(initial), at);
      default:
        return this.#simple(initial, at, key);
    }
  }

  #map(length: number, depth: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    for (let index = 0; index < length; index++) {
      const at = this.#at;
      const initial = this.#byte();
      if (initial >> 5 === TAG) throw tagged(this.#argument(initial), at);
      if (initial >> 5 !== TEXT) throw invalid(`the key at byte ${at} is not a text`);
      const bytes = this.#length(initial);
      if (bytes > KEY_BYTES_MAX) throw invalid(`the key at byte ${at} is longer than ${KEY_BYTES_MAX} bytes`);
      const key = this.#key(bytes, at);
      // The first look is fast, and also sees what every object inherits.
      if (map[key] !== undefined && Object.hasOwn(map, key))
        throw invalid(`the key "${key}" stands twice (byte ${at})`);
      map[key] = this.#item(depth + 1, key);
    }
    return map;
  }

  /** A key that came before is not checked once more. */
  #key(length: number, at: number): string {
    const start = this.#at;
    const known = keys.find(this.#payload, start, start + length);
    if (known !== undefined) {
      this.#skip(length);
      return known;
    }
    this.#text(length);
    const key = this.#payload.toString("utf8", start, this.#at);
    if (FORBIDDEN_KEYS.has(key)) throw invalid(`the key "${key}" at byte ${at} is not allowed`);
    return keys.text(this.#payload, start, this.#at);
  }

  #container(initial: number, depth: number): number {
    if (depth > NESTING_MAX)
      throw invalid(`the nesting at byte ${this.#at - 1} is deeper than ${NESTING_MAX}`);
    return this.#length(initial);
  }

  /** Floats and simple values: section 3.3. */
  #simple(initial: number, at: number, key: string | undefined): unknown {
    switch (initial & 31) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
        return null;
      case 23:
        this.#fault ??= `${placeOf(key)} is undefined (byte ${at}): leave the key out instead.`;
        return null;
      case 25:
      case 26:
        this.#skip((initial & 31) === 25 ? 2 : 4);
        this.#fault ??= `${placeOf(key)} ${FLOAT32} (byte ${at}).`;
        return null;
      case 27: {
        this.#skip(8);
        const value = this.#payload.readDoubleBE(this.#at - 8);
        if (!Number.isFinite(value))
          this.#fault ??= `${placeOf(key)} is ${value} (byte ${at}): leave out what the meter does not know.`;
        return value;
      }
      case 31:
        throw invalid(`the break at byte ${at} belongs to no indefinite length, and those are not allowed`);
      default:
        throw invalid(`the simple value at byte ${at} is not allowed`);
    }
  }

  /** Passes over a text, and returns where it begins. */
  #text(length: number): number {
    const start = this.#at;
    this.#skip(length);
    for (let at = start; at < this.#at; at++) {
      if ((this.#payload[at] ?? 0) < 0x80) continue;
      if (isUtf8(this.#payload.subarray(start, this.#at))) break;
      throw invalid(`the text at byte ${start} is not UTF-8`);
    }
    return start;
  }

  /** A length that the rest of the message can hold: an item takes at least one byte. */
  #length(initial: number): number {
    const at = this.#at - 1;
    const length = this.#argument(initial);
    if (length > this.#payload.length - this.#at)
      throw invalid(
        `byte ${at} announces ${length} bytes or items, but only ${this.#payload.length - this.#at} bytes follow`,
      );
    return length;
  }

  /** The number behind an initial byte; one beyond 2^53 is rounded, which every caller then refuses as too large. */
  #argument(initial: number): number {
    const information = initial & 31;
    if (information < 24) return information;
    if (information > 27)
      throw invalid(
        `byte ${this.#at - 1} begins an indefinite length or is reserved; lengths must be definite`,
      );
    if (information === 24) return this.#byte();
    if (information === 25) return this.#byte() * 256 + this.#byte();
    this.#skip(information === 26 ? 4 : 8);
    if (information === 26) return this.#payload.readUInt32BE(this.#at - 4);
    return this.#payload.readUInt32BE(this.#at - 8) * 2 ** 32 + this.#payload.readUInt32BE(this.#at - 4);
  }

  #byte(): number {
    this.#skip(1);
    return this.#payload[this.#at - 1] ?? 0;
  }

  #skip(count: number): void {
    if (this.#at + count > this.#payload.length)
      throw invalid(`the message ends inside the item at byte ${this.#at}: it is truncated`);
    this.#at += count;
  }
}

const placeOf = (key: string | undefined): string =>
  key === undefined ? "The reading" : `The value of "${key}"`;

const invalid = (why: string): Rejection => new Rejection("invalid-cbor", `The CBOR is not valid: ${why}.`);

/** The rejection of a tag; its number and place, and the usual cause. */
function tagged(tag: number, at: number): Rejection {
  const cause = RECORD_TAGS.has(tag)
    ? "these are cbor-x records: make the encoder with { useRecords: false }"
    : tag === 0 || tag === 1 || tag === 1001
      ? "send a time as a plain integer, Unix milliseconds UTC"
      : tag === 2 || tag === 3
        ? "send integers below 2^53 as plain integers, not as bignum"
        : "send plain maps, texts and numbers";
  return new Rejection(
    "cbor-tag",
    `The message has the CBOR tag ${tag} at byte ${at}, and the contract knows no tags: ${cause}.`,
  );
}

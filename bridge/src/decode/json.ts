import { isUtf8 } from "node:buffer";
import { messageOf } from "@smp/schemas";
import { type DecodedReading, FORBIDDEN_KEYS, NESTING_MAX } from "./element.ts";
import { KeyCache } from "./key-cache.ts";
import { Rejection } from "../rejection.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Decodes a JSON message. Throws a `Rejection` for what breaks the whole message. */
export function readJson(payload: Buffer): DecodedReading[] {
  if (!isUtf8(payload)) throw new Rejection("invalid-json", "The JSON is not in UTF-8.");
  let value: unknown;
  try {
    value = JSON.parse(payload.toString("utf8"));
  } catch (error) {
    const why = messageOf(error);
    throw new Rejection("invalid-json", `The JSON does not parse: ${why}.`);
  }
  const isBatch = Array.isArray(value);
  return scanJson(payload).map((bytes, index) => ({
    value: isBatch ? (value as unknown[])[index] : value,
    bytes,
    fault: undefined,
    index: isBatch ? index : undefined,
  }));
}

const keys = new KeyCache();

/**
 * Walks JSON that `JSON.parse` has already found valid, for what it lets through silently: a key that stands twice, keys
 * with a meaning in JavaScript, deep nesting. Returns the bytes of each reading.
 */
export function scanJson(payload: Buffer): Uint8Array[] {
  const isBatch = payload[0] === OPEN_ARRAY;
  const elements: Uint8Array[] = [];
  /** The keys of each open object; `undefined` for an array. */
  const open: (Set<string> | undefined)[] = [];
  let expectsKey = false;
  let start = isBatch ? 1 : 0;
  const close = (end: number): void => {
    if (end > start) elements.push(payload.subarray(start, end));
    start = end + 1;
  };
  for (let at = 0; at < payload.length; at++) {
    switch (payload[at]) {
      case QUOTE: {
        const end = endOfText(payload, at);
        if (expectsKey) addKey(open.at(-1), keyOf(payload, at, end));
        expectsKey = false;
        at = end - 1;
        break;
      }
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        expectsKey = payload[at] === OPEN_OBJECT;
        open.push(expectsKey ? new Set() : undefined);
        if (open.length > NESTING_MAX)
          throw invalid(`the nesting at byte ${at} is deeper than ${NESTING_MAX}`);
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        expectsKey = false;
        open.pop();
        if (open.length === 0) close(isBatch ? at : at + 1);
        break;
      case COMMA:
        expectsKey = open.at(-1) !== undefined;
        if (isBatch && open.length === 1) close(at);
        break;
    }
  }
  return elements;
}

function addKey(known: Set<string> | undefined, key: string): void {
  if (FORBIDDEN_KEYS.has(key)) throw invalid(`the key "${key}" is not allowed`);
  if (known?.has(key)) throw invalid(`the key "${key}" stands twice`);
  known?.add(key);
}

/** The text between two quotes. */
function keyOf(payload: Buffer, start: number, end: number): string {
  for (let at = start; at < end; at++)
    if (payload[at] === BACKSLASH) return JSON.parse(payload.toString("utf8", start, end)) as string;
  return keys.text(payload, start + 1, end - 1);
}

/** The place behind the closing quote. */
function endOfText(payload: Buffer, start: number): number {
  let at = start + 1;
  while (payload[at] !== QUOTE && at < payload.length) at += payload[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}

const invalid = (why: string): Rejection => new Rejection("invalid-json", `The JSON is not usable: ${why}.`);

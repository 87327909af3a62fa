import { FORBIDDEN_KEYS, type Element, NESTING_MAX } from "./element.ts";
import { Rejection } from "./rejection.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Walks JSON that `JSON.parse` has already found valid, for what it lets through silently: a key that stands twice, keys
 * with a meaning in JavaScript, deep nesting. Returns the readings of the message as spans.
 */
export function scanJson(payload: Buffer): Element[] {
  const isBatch = payload[0] === OPEN_ARRAY;
  const elements: Element[] = [];
  /** The keys of each open object; `undefined` for an array. */
  const open: (Set<string> | undefined)[] = [];
  let expectsKey = false;
  let start = isBatch ? 1 : 0;
  const close = (end: number): void => {
    if (end > start) elements.push({ bytes: payload.subarray(start, end), fault: undefined });
    start = end + 1;
  };
  for (let at = 0; at < payload.length; at++) {
    switch (payload[at]) {
      case QUOTE: {
        const end = endOfText(payload, at);
        if (expectsKey) addKey(open.at(-1), payload.toString("utf8", at, end));
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

function addKey(keys: Set<string> | undefined, text: string): void {
  const key = JSON.parse(text) as string;
  if (FORBIDDEN_KEYS.has(key)) throw invalid(`the key "${key}" is not allowed`);
  if (keys?.has(key)) throw invalid(`the key "${key}" stands twice`);
  keys?.add(key);
}

/** The place behind the closing quote. */
function endOfText(payload: Buffer, start: number): number {
  let at = start + 1;
  while (payload[at] !== QUOTE && at < payload.length) at += payload[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}

const invalid = (why: string): Rejection => new Rejection("invalid-json", `The JSON is not usable: ${why}.`);

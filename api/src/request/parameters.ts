import {
  bucketBounds,
  HOUR_MS,
  isTimeZone,
  parseInstant,
  QUARTER_HOUR_MS,
  toOffsetString,
  type Resolution,
} from "@smp/schemas";
import type { Context } from "hono";
import { placeOfToken } from "../access/token-in-address.ts";
import { HttpProblem, invalidParameter, quoted } from "../answer/problem.ts";

export const RESOLUTIONS: readonly Resolution[] = ["15m", "1h", "day", "week", "month", "year"];
/** Nothing that this platform knows lies outside, in any zone; keeps the calendar's work small whatever is asked. */
const INSTANT_MIN_MS = Date.UTC(1999, 11, 31);
const INSTANT_MAX_MS = Date.UTC(2100, 0, 2);

export interface TimeRange {
  from: number;
  to: number;
}

/** The query parameters of one request, each checked when it is read. */
export class Parameters {
  readonly #values: Readonly<Record<string, string>>;

  constructor(values: Readonly<Record<string, string>>) {
    this.#values = values;
  }

  text(name: string, options: { pattern: RegExp; form: string }): string | undefined {
    const value = this.#values[name];
    if (value !== undefined && !options.pattern.test(value))
      throw invalidParameter(name, `is ${quoted(value)}, but must be ${options.form}`);
    return value;
  }

  integer(name: string, { min, max, fallback }: { min: number; max: number; fallback: number }): number {
    const text = this.text(name, { pattern: /^\d{1,9}$/, form: `a whole number from ${min} to ${max}` });
    const value = text === undefined ? fallback : Number(text);
    if (value < min || value > max)
      throw invalidParameter(name, `is ${value}, but must be a whole number from ${min} to ${max}`);
    return value;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined)
      throw invalidParameter(name, `is ${quoted(value)}, but must be one of ${allowed.join(", ")}`);
    return found;
  }

  timeZone(fallback: string): string {
    const tz = this.#values["tz"] ?? fallback;
    if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(tz) || !isTimeZone(tz))
      throw invalidParameter("tz", `is ${quoted(tz)}, but must be an IANA time zone such as Europe/Vienna`);
    return tz;
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined;
  }

  instant(name: "from" | "to" | "updated_since", tz: string): number | undefined {
    const text = this.#values[name];
    if (text === undefined) return undefined;
    const ms = text.length > 40 ? undefined : parseInstant(text, tz);
    if (ms === undefined)
      throw invalidParameter(
        name,
        `is ${quoted(text)}, but must be RFC 3339 with offset, a date such as 2026-03-29, or epoch milliseconds`,
      );
    if (ms < INSTANT_MIN_MS || ms >= INSTANT_MAX_MS)
      throw invalidParameter(name, `is ${quoted(text)}, but must lie in the years 2000 to 2099`);
    return ms;
  }

  /** `from` and `to`; `defaultFrom` is asked with the range's end. */
  range(tz: string, now: number, defaultFrom: (to: number) => number): TimeRange {
    const to = this.instant("to", tz) ?? now;
    const from = this.instant("from", tz) ?? defaultFrom(to);
    if (from >= to) throw this.backwards({ from, to }, tz);
    return { from, to };
  }

  /** Without `to` it is the present, which nobody wrote: then `from` is at fault. */
  backwards({ from, to }: TimeRange, tz: string): HttpProblem {
    const [start, end] = [toOffsetString(from, tz), toOffsetString(to, tz)];
    return this.has("to")
      ? invalidParameter("to", `must lie after "from" (from is ${start}, to is ${end})`, "not-after")
      : invalidParameter(
          "from",
          `is ${start}, but must lie before "to", which is ${end} when it is not given`,
        );
  }
}

const SLOTS_MAX = 10_000;

/** A range of quarter hours that looks ahead: from today's start, without an end to the next day's. At most 10,000 of them. */
export function forwardRange(query: Parameters, tz: string, now: number): TimeRange {
  const from = query.instant("from", tz) ?? bucketBounds(now, now + 1, "day", tz)[0] ?? now;
  const to =
    query.instant("to", tz) ?? bucketBounds(from, from + 36 * HOUR_MS, "day", tz)[2] ?? from + 48 * HOUR_MS;
  const range = {
    from: Math.floor(from / QUARTER_HOUR_MS) * QUARTER_HOUR_MS,
    to: Math.ceil(to / QUARTER_HOUR_MS) * QUARTER_HOUR_MS,
  };
  if (from >= to) throw query.backwards({ from, to }, tz);
  const slots = (range.to - range.from) / QUARTER_HOUR_MS;
  if (slots > SLOTS_MAX)
    throw new HttpProblem(
      "range-too-large",
      `${slots} quarter hours are more than ${SLOTS_MAX}: ask for a shorter range.`,
    );
  return range;
}

/** Reads the query of a request that may carry only the `known` parameters, each once. */
export function readParameters(c: Context, known: readonly string[]): Parameters {
  const values: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, given] of Object.entries(c.req.queries())) {
    if (!known.includes(name)) {
      const all = known.length === 0 ? "this address takes none" : `known here: ${known.join(", ")}`;
      throw new HttpProblem(
        "unknown-parameter",
        `The parameter ${quoted(name)} is unknown; ${all}${placeOfToken(name)}.`,
        { errors: [{ parameter: name.slice(0, 80), detail: "is unknown" }] },
      );
    }
    if (given.length > 1) throw invalidParameter(name, "is given more than once");
    values[name] = given[0] ?? "";
  }
  return new Parameters(values);
}

/** Refuses a range that is longer; `instead` says what to ask. */
export function requireLength(range: TimeRange, maxMs: number, instead: string): void {
  if (range.to - range.from > maxMs)
    throw new HttpProblem(
      "range-too-large",
      `The range is longer than ${maxMs / HOUR_MS} hours: ${instead}.`,
    );
}

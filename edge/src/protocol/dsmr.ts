import type { DateTime } from "./date-time.ts";
import { toLocalMs } from "./date-time.ts";
import { Malformed } from "./malformed.ts";
import { toLatin1 } from "./octets.ts";

/* line => [A-B:]C.D.E[*F] group...; group => (text)
     number => [-]digits[.digits]*unit
     time   => YYMMDDhhmmss[S|W], S summer, W winter time
   A value with its own time has two groups, (time)(number). DSMR 2 and 3 give gas on two lines:
     0-1:24.3.0(time)(..)(..)(..)(code)(unit) and, below, (value) */
export type DsmrValue =
  | { kind: "number"; obis: string; value: number; unit: string; at?: DateTime }
  | { kind: "text"; obis: string; text: string };

export interface DsmrTelegram {
  /** What follows the slash: maker, baud rate, model. */
  identification: string;
  time: DateTime | null;
  values: DsmrValue[];
}

const LINES_MAX = 512;
const CLOCK = "0-0:1.0.0";
const LINE = /^(?:(\d{1,3}-\d{1,3}):)?(\d{1,3}\.\d{1,3}\.\d{1,3})(?:\*(\d{1,3}))?((?:\([^()]*\))+)$/;
/** EasyMeter counters have seven decimals. */
const NUMBER = /^(-?\d{1,12}(?:\.\d{1,9})?)\*([A-Za-z][A-Za-z0-9]{0,7})$/;
const BARE_NUMBER = /^-?\d{1,12}(?:\.\d{1,6})?$/;
const TIME = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)([SW]?)$/;
/** (time)(..)(..)(..)(code)(unit)(value) */
const GAS_GROUPS = 7;

/**
 * Reads a telegram from `/` to `!`. `checked`: its CRC is right, so that a line of unknown form is the maker's and not
 * the line's fault: it is skipped.
 *
 * @throws Malformed for such a line in an unchecked telegram
 */
export function readDsmr(telegram: Uint8Array, checked: boolean): DsmrTelegram {
  const text = toLatin1(telegram).replace(/\r\n?/g, "\n");
  // A line that begins with a bracket goes on with the one above.
  const [identification = "", ...lines] = text.slice(1).replace(/\n+\(/g, "(").split("\n");
  if (lines.length > LINES_MAX) throw new Malformed(`the telegram has more than ${LINES_MAX} lines`);
  const result: DsmrTelegram = { identification, time: null, values: [] };
  for (const line of lines) {
    if (line === "" || line.startsWith("!")) continue;
    const match = LINE.exec(line);
    if (match === null) {
      if (checked) continue;
      throw new Malformed(`${JSON.stringify(line.slice(0, 80))} is no line of a DSMR telegram`);
    }
    // Another billing period's value must not pass for the present one: 255 is the present, as without group F.
    const period = match[3] === undefined || match[3] === "255" ? "" : `*${match[3]}`;
    const obis = `${match[1] ?? "1-0"}:${match[2]}${period}`;
    const groups = (match[4] as string).slice(1, -1).split(")(");
    const time = obis === CLOCK && groups.length === 1 ? readDsmrTime(groups[0] as string) : undefined;
    if (time === undefined) result.values.push(readValue(obis, groups));
    else result.time = time;
  }
  return result;
}

function readValue(obis: string, groups: readonly string[]): DsmrValue {
  const [first = "", second = ""] = groups;
  if (groups.length === 1) return readNumber(obis, first) ?? { kind: "text", obis, text: first };
  const at = readDsmrTime(first);
  const dated = groups.length === 2 && at !== undefined ? readNumber(obis, second) : undefined;
  if (dated !== undefined && at !== undefined) return { ...dated, at };
  const [unit = "", value = ""] = groups.slice(-2);
  if (groups.length === GAS_GROUPS && at !== undefined && BARE_NUMBER.test(value))
    return { kind: "number", obis, value: Number(value), unit, at };
  return { kind: "text", obis, text: `(${groups.join(")(")})` };
}

function readNumber(obis: string, group: string): (DsmrValue & { kind: "number" }) | undefined {
  const match = NUMBER.exec(group);
  return match === null
    ? undefined
    : { kind: "number", obis, value: Number(match[1]), unit: match[2] as string };
}

/** `undefined` when the text is no time; an unlettered time leaves summer and winter open. */
export function readDsmrTime(text: string): DateTime | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const localMs = toLocalMs(2000 + year, month, day, hour, minute, second);
  if (localMs === undefined) return undefined;
  return {
    localMs,
    offsetMinutes: null,
    daylightSaving: match[7] === "" ? null : match[7] === "S",
    quality: "ok",
  };
}

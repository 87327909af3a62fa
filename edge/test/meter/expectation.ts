import type { Telegram, TelegramValue } from "../../src/meter/telegram.ts";
import { type Expected, expectedOf, type Vector } from "./vectors.ts";

/** A telegram and an expectation in one form, to be compared value by value; no number may be left over. */
interface View {
  time?: string | null | undefined;
  t?: number | null;
  systemTitle?: string | null;
  frameCounter?: number | null;
  registers: Record<string, TelegramValue | string[]>;
  texts: Record<string, string | undefined>;
  untagged: string[];
}

/** The reference took every text of 12 digits for a time; the meter means an empty equipment number. */
const NOT_A_TIME = "2000-00-00T00:00:00";

/** `1.0.1.8.0.255` and `1-0:1.8.0` alike; the reference marks an object's other attributes with `/n`. */
function codeOf(key: string): string {
  const dotted = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\.(\d+)\.\d+(?:\/\d+)?$/.exec(key);
  return dotted ? `${dotted[1]}-${dotted[2]}:${dotted[3]}.${dotted[4]}.${dotted[5]}` : key;
}

const untaggedOf = ({ untagged = [] }: Expected): string[] =>
  untagged.filter((item): item is string => typeof item === "string");

function expectedView(expected: Expected): View {
  const view: View = { registers: {}, texts: {}, untagged: untaggedOf(expected) };
  if (expected.timestamp !== undefined) view.time = expected.timestamp;
  if (expected.timestamp_utc !== undefined) view.t = Date.parse(expected.timestamp_utc);
  if (expected.system_title !== undefined) view.systemTitle = expected.system_title;
  if (expected.frame_counter !== undefined) view.frameCounter = expected.frame_counter;
  for (const [key, { value, unit, at }] of Object.entries(expected.obis ?? {})) {
    const code = codeOf(key);
    if (typeof value === "number")
      view.registers[code] = { value, unit: unit ?? "", ...(at === undefined ? {} : { at }) };
    // Peaks, (time)(value*unit): the reference keeps the groups, we the value with its time.
    else if (Array.isArray(value) && value.length === 2 && value[1]?.includes("*"))
      view.registers[code] = [String(Number(value[1].split("*")[0])), value[1].split("*")[1] ?? ""];
    else if (Array.isArray(value)) view.texts[code] = `(${value.join(")(")})`;
    else if (value !== NOT_A_TIME) view.texts[code] = value;
  }
  return view;
}

/** Only what the expectation speaks of, but every register. */
function viewOf(telegram: Telegram, expected: View): View {
  const view: View = { registers: {}, texts: {}, untagged: [] };
  if ("time" in expected) view.time = telegram.time;
  if ("t" in expected) view.t = telegram.t;
  if ("systemTitle" in expected) view.systemTitle = telegram.systemTitle;
  if ("frameCounter" in expected) view.frameCounter = telegram.frameCounter;
  for (const [code, register] of Object.entries(telegram.registers))
    view.registers[code] = Array.isArray(expected.registers[code])
      ? [String(register.value), register.unit]
      : register;
  for (const code of Object.keys(expected.texts)) view.texts[code] = telegram.texts[code];
  const texts = Object.values(telegram.texts);
  view.untagged = expected.untagged.filter((text) => texts.includes(text));
  return view;
}

export const expectedViews = (vector: Vector): View[] => expectedOf(vector).map(expectedView);

export function viewsOf(telegrams: readonly Telegram[], vector: Vector): View[] {
  const expected = expectedViews(vector);
  return telegrams.map((telegram, index) =>
    viewOf(telegram, expected[index] ?? { registers: {}, texts: {}, untagged: [] }),
  );
}

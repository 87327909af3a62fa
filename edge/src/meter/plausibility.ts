import { HOUR_MS } from "@smp/schemas";
import type { Telegram } from "./telegram.ts";

/** A telegram that contradicts what came before is believed when this many in a row agree with it. */
const AGREEING_TELEGRAMS = 3;
/** Meters on one line; the limit only bounds what noise can leave behind. */
const METERS_MAX = 16;

const COUNTERS = ["1-0:1.8.0", "1-0:2.8.0"];
const VOLTAGES = ["1-0:32.7.0", "1-0:52.7.0", "1-0:72.7.0"];
const CURRENTS = ["1-0:31.7.0", "1-0:51.7.0", "1-0:71.7.0"];
const POWERS = ["1-0:1.7.0", "1-0:2.7.0"];
const POWER_FACTOR = "1-0:13.7.0";
const VOLTAGE_V = { possible: [30, 500], usual: [170, 290] } as const;
/** Power against voltage times current: both are sampled, not at the same moment. */
const APPARENT_FACTOR_MAX = 3;
const APPARENT_SLACK_W = 1_000;
/** No counter of a direct meter (3 x 100 A) grows faster. */
const POWER_MAX_W = 70_000;
const GROWTH_SLACK_WH = 100;
const LIST_CHANGES_MAX = 3;
/** Numbers and names of the meter; other texts, messages and clocks, may change from telegram to telegram. */
const NAME = /:(?:96\.1|42\.0)\./;
const CLOCK_SKEW_MS_MAX = 60_000;

interface History {
  accepted?: Telegram;
  suspect?: Telegram;
  agreeing: number;
}

/**
 * The last guard of telegrams without an authentication tag on wired M-Bus: of damaged frames, one in 256 passes the
 * 8-bit checksum. Speaks only of what a household cannot do; everything else is let through.
 */
export class Plausibility {
  readonly #meters = new Map<string, History>();

  /** Why the telegram is not believed; `undefined` when it is. */
  judge(telegram: Telegram): string | undefined {
    const history = this.#historyOf(telegram.systemTitle ?? telegram.meter ?? "");
    const reason = impossible(telegram) ?? contradiction(telegram, history.accepted);
    if (reason === undefined) return this.#believe(history, telegram);
    const agrees = history.suspect !== undefined && contradiction(telegram, history.suspect) === undefined;
    history.agreeing = agrees ? history.agreeing + 1 : 1;
    history.suspect = telegram;
    return history.agreeing >= AGREEING_TELEGRAMS ? this.#believe(history, telegram) : reason;
  }

  #believe(history: History, telegram: Telegram): undefined {
    history.accepted = telegram;
    delete history.suspect;
    history.agreeing = 0;
  }

  #historyOf(meter: string): History {
    const known = this.#meters.get(meter);
    if (known !== undefined) return known;
    if (this.#meters.size >= METERS_MAX) this.#meters.clear();
    const history: History = { agreeing: 0 };
    this.#meters.set(meter, history);
    return history;
  }
}

const valueOf = (telegram: Telegram, code: string): number | undefined => telegram.registers[code]?.value;
const valuesOf = (telegram: Telegram, codes: readonly string[]): (number | undefined)[] =>
  codes.map((code) => valueOf(telegram, code));

/** What no telegram can say, whatever came before. */
function impossible(telegram: Telegram): string | undefined {
  const voltage = oddVoltage(telegram, VOLTAGE_V.possible);
  if (voltage !== undefined) return `a voltage of ${voltage} V`;
  const factor = valueOf(telegram, POWER_FACTOR);
  if (factor !== undefined && Math.abs(factor) > 1) return `a power factor of ${factor}`;
  return undefined;
}

/** Power that voltages and currents cannot carry. */
function oddPower(telegram: Telegram): string | undefined {
  const apparent = apparentPowerVa(telegram);
  const power = Math.max(...valuesOf(telegram, POWERS).map((value) => value ?? 0));
  return apparent !== undefined && power > apparent * APPARENT_FACTOR_MAX + APPARENT_SLACK_W
    ? `a power of ${power} W with ${Math.round(apparent)} VA`
    : undefined;
}

function oddVoltage(telegram: Telegram, [low, high]: readonly [number, number]): number | undefined {
  return valuesOf(telegram, VOLTAGES).find(
    (volts) => volts !== undefined && volts !== 0 && (volts < low || volts > high),
  );
}

function apparentPowerVa(telegram: Telegram): number | undefined {
  const currents = valuesOf(telegram, CURRENTS);
  const products = valuesOf(telegram, VOLTAGES).map((volts, phase) => (volts ?? 0) * (currents[phase] ?? 0));
  return currents.every((amperes) => amperes === undefined)
    ? undefined
    : products.reduce((sum, va) => sum + va, 0);
}

/** What a telegram cannot say after the one before. */
function contradiction(telegram: Telegram, before: Telegram | undefined): string | undefined {
  if (before === undefined) return undefined;
  const voltage = oddVoltage(telegram, VOLTAGE_V.usual);
  if (voltage !== undefined && oddVoltage(before, VOLTAGE_V.usual) === undefined)
    return `a voltage of ${voltage} V`;
  const list = oddList(telegram, before);
  if (list !== undefined) return list;
  if (clocksDiffer(telegram) && !clocksDiffer(before)) return "two clocks that differ";
  const power = oddPower(telegram);
  if (power !== undefined && oddPower(before) === undefined) return power;
  for (const code of COUNTERS) {
    const [now, then] = [valueOf(telegram, code), valueOf(before, code)];
    if (now === undefined || then === undefined) continue;
    if (now < then) return `counter ${code} fell from ${then} to ${now} Wh`;
    if (now > then + growthMaxWh(telegram, before)) return `counter ${code} jumped from ${then} to ${now} Wh`;
  }
  return undefined;
}

/**
 * A list that is nearly the one before: a damaged code, unit or meter number. One that differs in more is another list;
 * some meters send two in turn.
 */
function oddList(telegram: Telegram, before: Telegram): string | undefined {
  if (isSameList(telegram, before)) return undefined;
  const [now, then] = [listOf(telegram), listOf(before)];
  const added = now.filter((entry) => !then.includes(entry));
  const missing = then.filter((entry) => !now.includes(entry));
  const changes = Math.max(added.length, missing.length);
  return changes > 0 && changes <= LIST_CHANGES_MAX
    ? `a list that differs in ${[...added, ...missing].join(", ")}`
    : undefined;
}

/** The usual case, without a single new string. */
function isSameList(now: Telegram, then: Telegram): boolean {
  for (const code in now.registers)
    if (now.registers[code]?.unit !== then.registers[code]?.unit) return false;
  for (const code in then.registers) if (now.registers[code] === undefined) return false;
  for (const code in now.texts)
    if (NAME.test(code) ? now.texts[code] !== then.texts[code] : then.texts[code] === undefined) return false;
  for (const code in then.texts) if (now.texts[code] === undefined) return false;
  return true;
}

/** What stays the same from telegram to telegram. */
function listOf({ registers, texts }: Telegram): string[] {
  const codes = Object.entries(registers).map(([code, { unit }]) =>
    unit === "" ? code : `${code} in ${unit}`,
  );
  const names = Object.entries(texts).map(([code, text]) => (NAME.test(code) ? `${code} ${text}` : code));
  return [...codes, ...names];
}

/** Whether the telegram's time and the clock in its list tell different times. */
function clocksDiffer({ time, texts }: Telegram): boolean {
  const clock = texts["0-0:1.0.0"];
  if (time === null || clock === undefined) return false;
  const skewMs = Math.abs(Date.parse(time) - Date.parse(clock));
  // A damaged clock may be no time at all.
  return Number.isNaN(skewMs) || skewMs > CLOCK_SKEW_MS_MAX;
}

/** A transformer meter's own power raises the limit. */
function growthMaxWh(telegram: Telegram, before: Telegram): number {
  if (telegram.t === null || before.t === null) return Number.POSITIVE_INFINITY;
  const stated = [...valuesOf(telegram, POWERS), ...valuesOf(before, POWERS)].map((value) => value ?? 0);
  const hours = Math.max(0, telegram.t - before.t) / HOUR_MS;
  return Math.max(POWER_MAX_W, ...stated) * 2 * hours + GROWTH_SLACK_WH;
}

import { type DateTime, formatDateTime } from "../protocol/date-time.ts";
import { readDsmr } from "../protocol/dsmr.ts";
import type { MeterClock } from "../protocol/meter-clock.ts";
import { emptyTelegram, meterNumber, textCode } from "./telegram-builder.ts";
import type { Telegram } from "./telegram.ts";

/** Sorts a DSMR telegram into registers and texts. @throws Malformed */
export function readDsmrTelegram(
  bytes: Uint8Array,
  checked: boolean,
  protocol: Telegram["protocol"],
  clock: MeterClock,
  nowMs: number,
): Telegram {
  const { time, values } = readDsmr(bytes, checked);
  const telegram = emptyTelegram(protocol);
  for (const value of values) {
    if (value.kind === "text") telegram.texts[textCode(value.obis)] = value.text;
    else
      telegram.registers[value.obis] = {
        value: value.value,
        unit: value.unit,
        ...(value.at === undefined ? {} : { at: format(value.at, clock) }),
      };
  }
  if (time !== null) {
    telegram.time = format(time, clock);
    telegram.t = clock.toInstant(clock.withLetter(time), nowMs);
  }
  telegram.meter = meterNumber(telegram, undefined);
  return telegram;
}

const format = (time: DateTime, clock: MeterClock): string => formatDateTime(clock.withLetter(time));

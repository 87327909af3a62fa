import { type DateTime, formatDateTime } from "../protocol/date-time.ts";
import { type DsmrValue, readDsmr } from "../protocol/dsmr.ts";
import type { MeterClock } from "../protocol/meter-clock.ts";
import { easymeterD0 } from "./profiles/easymeter-d0.ts";
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
  const { identification, time, values } = readDsmr(bytes, checked);
  if (identification.startsWith(easymeterD0.identificationBegin)) meanBothDirections(values);
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

function meanBothDirections(values: readonly DsmrValue[]): void {
  const { openGroup, group, sums } = easymeterD0;
  const stated = new Set(values.map(({ obis }) => obis));
  for (const value of values) {
    if (value.obis.endsWith(openGroup)) value.obis = value.obis.slice(0, -openGroup.length) + group;
    const sum = sums.get(value.obis);
    if (sum !== undefined && !stated.has(sum)) value.obis = sum;
  }
}

const format = (time: DateTime, clock: MeterClock): string => formatDateTime(clock.withLetter(time));

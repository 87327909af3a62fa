import { type AmisTelegram, readCp48, toIntegerLittleEndian } from "../protocol/amis.ts";
import { formatDateTime } from "../protocol/date-time.ts";
import type { MeterClock } from "../protocol/meter-clock.ts";
import { siemensAmis } from "./profiles/siemens-amis.ts";
import { emptyTelegram } from "./telegram-builder.ts";
import type { Telegram } from "./telegram.ts";

/** Sorts the records of a Siemens AMIS telegram into registers. */
export function readAmisTelegram(
  { meter, records }: AmisTelegram,
  clock: MeterClock,
  nowMs: number,
): Telegram {
  const telegram = emptyTelegram("mbus");
  telegram.profile = siemensAmis.name;
  telegram.meter = meter;
  for (const { record, obis, unit, signed = false } of siemensAmis.records) {
    const data = records.get(record);
    if (data !== undefined) telegram.registers[obis] = { value: toIntegerLittleEndian(data, signed), unit };
  }
  const data = records.get(siemensAmis.clock);
  const time = data === undefined ? undefined : readCp48(data);
  if (time !== undefined) {
    telegram.time = formatDateTime(time);
    telegram.t = clock.toInstant(clock.withLetter(time), nowMs);
    if (time.quality !== "ok") telegram.clock = time.quality;
  }
  return telegram;
}

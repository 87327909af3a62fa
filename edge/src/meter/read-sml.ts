import { formatDateTime } from "../protocol/date-time.ts";
import { scaled } from "../protocol/decimal.ts";
import { looksLikeServerId, serialOf } from "../protocol/server-id.ts";
import { toObis } from "../protocol/obis.ts";
import { isPrintable, toHex, toLatin1 } from "../protocol/octets.ts";
import { readSmlLists, type SmlEntry, type SmlList } from "../protocol/sml.ts";
import { unitSymbol } from "../protocol/units.ts";
import { dzgDvs74 } from "./profiles/dzg-dvs74.ts";
import { emptyTelegram, meterNumber, textCode } from "./telegram-builder.ts";
import type { Telegram } from "./telegram.ts";

/** One telegram for each value list of an SML file. @throws Malformed */
export function readSmlTelegrams(file: Uint8Array): Telegram[] {
  return readSmlLists(file).map(toTelegram);
}

function toTelegram(list: SmlList): Telegram {
  const telegram = emptyTelegram("sml");
  const serverId = toHex(list.serverId);
  for (const entry of list.entries) put(telegram, entry, serverId);
  telegram.meter = meterNumber(telegram, undefined) ?? serverId;
  if (list.sensorTimeMs !== null) {
    telegram.t = list.sensorTimeMs;
    telegram.time = formatDateTime({
      localMs: list.sensorTimeMs,
      offsetMinutes: 0,
      daylightSaving: null,
      quality: "ok",
    });
  }
  return telegram;
}

function put(telegram: Telegram, { name, unit, scaler, value }: SmlEntry, serverId: string): void {
  const obis = toObis(name);
  if (value.kind === "octets") {
    // An absent value is an empty octet string.
    if (value.value.length > 0)
      telegram.texts[textCode(obis)] = isPrintable(value.value) ? toLatin1(value.value) : toHex(value.value);
  } else if (value.kind === "boolean") telegram.registers[obis] = { value: value.value ? 1 : 0, unit: "" };
  else if (value.kind === "number") {
    const raw = isFalselySigned(serverId, obis, value.bytes)
      ? asUnsigned(value.value, value.bytes)
      : value.value;
    const number = scaled(raw, scaler);
    if (number === undefined) telegram.texts[textCode(obis)] = String(raw);
    else telegram.registers[obis] = { value: number, unit: unit === null ? "" : unitSymbol(unit) };
  }
}

function isFalselySigned(serverId: string, obis: string, bytes: number): boolean {
  if (obis !== dzgDvs74.obis || bytes > dzgDvs74.bytesMax || !looksLikeServerId(serverId)) return false;
  const serial = serialOf(serverId);
  return (
    serverId.startsWith(dzgDvs74.serverIdBegin) &&
    dzgDvs74.serials.some(([from, to]) => serial >= from && serial <= to)
  );
}

const asUnsigned = (value: number | bigint, bytes: number): number | bigint =>
  Number(BigInt.asUintN(bytes * 8, BigInt(value)));

import { formatDateTime } from "../protocol/date-time.ts";
import { scaled } from "../protocol/decimal.ts";
import { looksLikeServerId, serialOf } from "../protocol/server-id.ts";
import { toObis } from "../protocol/obis.ts";
import { isPrintable, toHex, toLatin1 } from "../protocol/octets.ts";
import { readSmlLists, type SmlEntry, type SmlList } from "../protocol/sml.ts";
import { unitSymbol } from "../protocol/units.ts";
import { dzgDvs74, dzgWs74 } from "./profiles/dzg-dvs74.ts";
import { emhEhz } from "./profiles/emh-ehz.ts";
import { emptyTelegram, meterNumber, textCode } from "./telegram-builder.ts";
import type { Telegram } from "./telegram.ts";

/** One telegram for each value list of an SML file. @throws Malformed */
export function readSmlTelegrams(file: Uint8Array): Telegram[] {
  return readSmlLists(file).map(toTelegram);
}

function toTelegram(list: SmlList): Telegram {
  const telegram = emptyTelegram("sml");
  const serverId = toHex(list.serverId);
  const countsExport = list.entries.some(({ name }) => toObis(name).startsWith("1-0:2.8."));
  for (const entry of list.entries) put(telegram, entry, { serverId, countsExport });
  putSigned(telegram, list, serverId);
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

interface Meter {
  serverId: string;
  countsExport: boolean;
}

/** The power with its sign, of meters that state it without. */
function putSigned({ registers }: Telegram, { entries }: SmlList, serverId: string): void {
  const { [emhEhz.unsigned]: unsigned, [emhEhz.signed]: signed } = registers;
  const isEmh = emhEhz.serverIdBegins.some((begin) => serverId.startsWith(begin));
  if (unsigned === undefined || signed !== undefined || !isEmh) return;
  const status = entries.find(({ name }) => toObis(name) === emhEhz.statusOf)?.status ?? null;
  if (status === null) return;
  const isExport = (BigInt(status) & BigInt(emhEhz.exportBit)) !== 0n;
  registers[emhEhz.signed] = isExport ? { ...unsigned, value: 0 - unsigned.value } : unsigned;
}

function put(telegram: Telegram, { name, unit, scaler, value }: SmlEntry, meter: Meter): void {
  const obis = toObis(name);
  if (value.kind === "octets") {
    // An absent value is an empty octet string.
    if (value.value.length > 0)
      telegram.texts[textCode(obis)] = isPrintable(value.value) ? toLatin1(value.value) : toHex(value.value);
  } else if (value.kind === "boolean") telegram.registers[obis] = { value: value.value ? 1 : 0, unit: "" };
  else if (value.kind === "number") {
    const raw = isFalselySigned(meter, obis, value.bytes)
      ? asUnsigned(value.value, value.bytes)
      : value.value;
    const number = scaled(raw, scaler);
    if (number === undefined) telegram.texts[textCode(obis)] = String(raw);
    else telegram.registers[obis] = { value: number, unit: unit === null ? "" : unitSymbol(unit) };
  }
}

function isFalselySigned({ serverId, countsExport }: Meter, obis: string, bytes: number): boolean {
  if (obis === dzgWs74.obis && bytes <= dzgWs74.bytesMax)
    return !countsExport && serverId.startsWith(dzgWs74.serverIdBegin);
  if (obis !== dzgDvs74.obis || bytes > dzgDvs74.bytesMax || !looksLikeServerId(serverId)) return false;
  const serial = serialOf(serverId);
  return (
    serverId.startsWith(dzgDvs74.serverIdBegin) &&
    dzgDvs74.serials.some(([from, to]) => serial >= from && serial <= to)
  );
}

const asUnsigned = (value: number | bigint, bytes: number): number | bigint =>
  Number(BigInt.asUintN(bytes * 8, BigInt(value)));

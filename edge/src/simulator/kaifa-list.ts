import { austrianTime } from "./austrian-clock.ts";
import { ByteWriter } from "./byte-writer.ts";
import type { KaifaDialect, KaifaIdentity } from "./kaifa-identity.ts";

/** One telegram's content in physical units; three or one entries in the arrays, as the meter has phases. */
export interface KaifaValues {
  /** The meter's own clock, Unix ms UTC. */
  stampedMs: number;
  importWh: number;
  exportWh: number;
  importVarh: number;
  exportVarh: number;
  importW: number;
  exportW: number;
  voltageV: readonly number[];
  /** Magnitudes: a Kaifa never tells a current's direction. */
  currentA: readonly number[];
  /** 0 to 1. */
  powerFactor: number;
}

export interface NotificationOptions {
  dialect: KaifaDialect;
  identity: KaifaIdentity;
  invokeId: number;
  /** Sets bit 1 of the clock's status (02h and 82h), as some meters do for years. */
  clockDoubtful?: boolean;
}

const DATA_NOTIFICATION = 0x0f;
const STRUCTURE = 0x02;
const UINT32 = 0x06;
const OCTET_STRING = 0x09;
const INT8 = 0x0f;
const UINT16 = 0x12;
const ENUM = 0x16;

type Unit = { scaler: number; code: number };
const WATT: Unit = { scaler: 0, code: 27 };
const WATT_HOUR: Unit = { scaler: 0, code: 30 };
const VAR_HOUR: Unit = { scaler: 0, code: 32 };
const AMPERE: Unit = { scaler: -2, code: 33 };
const VOLT: Unit = { scaler: -1, code: 35 };
const POWER_FACTOR: Unit = { scaler: -3, code: 255 };

type Register = { obis: readonly number[]; type: typeof UINT32 | typeof UINT16; value: number; unit: Unit };

/*
 * DataNotification => tag(0F) long-invoke-id-and-priority(u32) date-time(0C + 12 octets) body
 *   flat body   => structure[35] time (obis value {scaler unit})×11 meter-number          (23 elements with one phase)
 *   nested body => structure[16] obis time {obis id} {obis name} {obis value {scaler unit}}×12      (12 with one phase)
 */
export function encodeNotification(values: KaifaValues, options: NotificationOptions): Buffer {
  const time = encodeDateTime(values.stampedMs, options.clockDoubtful ?? false);
  const out = new ByteWriter();
  out.u8(DATA_NOTIFICATION).u32(options.invokeId).u8(time.length).bytes(time);
  if (options.dialect === "netz-noe") writeFlatList(out, values, options.identity, time);
  else writeNestedList(out, values, options.identity, time);
  return out.result();
}

function writeFlatList(out: ByteWriter, values: KaifaValues, identity: KaifaIdentity, time: Buffer): void {
  const registers = [
    ...energy(values),
    ...power(values),
    ...phases(values),
    u16(13, 7, values.powerFactor * 1000, POWER_FACTOR),
  ];
  out.u8(STRUCTURE).u8(2 + 3 * registers.length);
  writeOctets(out, time);
  for (const register of registers) writeRegister(out, register);
  writeOctets(out, Buffer.from(identity.meterNumber, "ascii"));
}

function writeNestedList(out: ByteWriter, values: KaifaValues, identity: KaifaIdentity, time: Buffer): void {
  const registers = [
    ...phases(values),
    ...power(values),
    ...energy(values),
    u32(3, 8, values.importVarh, VAR_HOUR),
    u32(4, 8, values.exportVarh, VAR_HOUR),
  ];
  out.u8(STRUCTURE).u8(4 + registers.length);
  writeOctets(out, Buffer.from([0, 0, 1, 0, 0, 255]));
  writeOctets(out, time);
  writeText(out, [0, 0, 96, 1, 0, 255], identity.meterNumber);
  writeText(out, [0, 0, 42, 0, 0, 255], identity.deviceName);
  for (const register of registers) {
    out.u8(STRUCTURE).u8(3);
    writeRegister(out, register);
  }
}

function energy(values: KaifaValues): Register[] {
  return [u32(1, 8, values.importWh, WATT_HOUR), u32(2, 8, values.exportWh, WATT_HOUR)];
}

function power(values: KaifaValues): Register[] {
  return [u32(1, 7, values.importW, WATT), u32(2, 7, values.exportW, WATT)];
}

/** All voltages, then all currents; C is 32, 52, 72 and 31, 51, 71. */
function phases(values: KaifaValues): Register[] {
  return [
    ...values.voltageV.map((volts, phase) => u16(32 + 20 * phase, 7, volts * 10, VOLT)),
    ...values.currentA.map((amperes, phase) => u16(31 + 20 * phase, 7, amperes * 100, AMPERE)),
  ];
}

function u32(c: number, d: number, value: number, unit: Unit): Register {
  return { obis: [1, 0, c, d, 0, 255], type: UINT32, value, unit };
}

function u16(c: number, d: number, value: number, unit: Unit): Register {
  return { obis: [1, 0, c, d, 0, 255], type: UINT16, value: Math.round(value), unit };
}

function writeRegister(out: ByteWriter, { obis, type, value, unit }: Register): void {
  writeOctets(out, Uint8Array.from(obis));
  out.u8(type);
  if (type === UINT32) out.u32(value);
  else out.u16(value);
  out
    .u8(STRUCTURE)
    .u8(2)
    .u8(INT8)
    .u8(unit.scaler & 0xff)
    .u8(ENUM)
    .u8(unit.code);
}

function writeText(out: ByteWriter, obis: readonly number[], text: string): void {
  out.u8(STRUCTURE).u8(2);
  writeOctets(out, Uint8Array.from(obis));
  writeOctets(out, Buffer.from(text, "ascii"));
}

function writeOctets(out: ByteWriter, octets: Uint8Array): void {
  out.u8(OCTET_STRING).length(octets.length).bytes(octets);
}

/** DLMS date-time (Blue Book 4.1.6.1); a Kaifa always sends 00 hundredths. */
function encodeDateTime(stampedMs: number, doubtful: boolean): Buffer {
  const time = austrianTime(stampedMs);
  return new ByteWriter()
    .u16(time.year)
    .bytes(Uint8Array.of(time.month, time.day, time.weekday, time.hour, time.minute, time.second, 0))
    .i16(time.deviation)
    .u8((time.summer ? 0x80 : 0x00) | (doubtful ? 0x02 : 0x00))
    .result();
}

import { Malformed } from "./malformed.ts";

/* SML binary encoding: type-length byte => 0-3 length with itself, 4-6 type, 7 another length byte follows
     type => 0 octet string, 4 boolean, 5 signed, 6 unsigned, 7 list (whose length counts items)
     00 ends a message; integers have 1 to 8 bytes and extend their sign from the length that they really have */
export type SmlValue =
  | { kind: "octets"; value: Uint8Array }
  | { kind: "boolean"; value: boolean }
  | { kind: "number"; signed: boolean; bytes: number; value: number | bigint }
  | { kind: "list"; items: SmlValue[] };

const GET_LIST_RESPONSE = 0x0701;
const DEPTH_MAX = 10;
const VALUES_MAX = 4096;
const MESSAGE_ITEMS = 6;
const MORE = 0x80;
/** 2000 to 2099: what lies outside is no clock. */
const TIME_MS_MIN = Date.UTC(2000, 0);
const TIME_MS_MAX = Date.UTC(2100, 0);

export interface SmlEntry {
  name: Uint8Array;
  /** The meter's status word; null when absent. */
  status: number | bigint | null;
  /** COSEM unit number; null when absent. */
  unit: number | null;
  scaler: number;
  value: SmlValue;
}

export interface SmlList {
  serverId: Uint8Array;
  /** Unix ms UTC; null for meters that count seconds since they were switched on. */
  sensorTimeMs: number | null;
  entries: SmlEntry[];
}

/** The value lists of an SML file. @throws Malformed when the file does not follow the encoding */
export function readSmlLists(file: Uint8Array): SmlList[] {
  const reader = new SmlReader(file);
  const lists: SmlList[] = [];
  while (!reader.atEnd) {
    if (reader.skipEndOfMessage()) continue;
    const list = toList(reader.value(0));
    if (list !== undefined) lists.push(list);
  }
  return lists;
}

/* message => list(6) { transaction, group, abort, body => list(2) { choice, content }, crc, end }
   The messages' own CRC adds nothing to the file's, and Holley computes it differently. */
function toList(message: SmlValue): SmlList | undefined {
  if (message.kind !== "list" || message.items.length !== MESSAGE_ITEMS)
    throw new Malformed("an SML message has not six elements");
  const body = itemsOf(message.items[3]);
  const [choice, content] = body;
  if (choice?.kind !== "number" || Number(choice.value) !== GET_LIST_RESPONSE) return undefined;
  /* get-list-response => list(7) { client, server, list name, sensor time, values, signature, gateway time } */
  const [, server, , sensorTime, values] = itemsOf(content);
  if (server?.kind !== "octets") throw new Malformed("an SML list names no server");
  return {
    serverId: server.value,
    sensorTimeMs: readTime(sensorTime),
    entries: itemsOf(values).map(toEntry),
  };
}

/* entry => list(7) { name, status, time, unit, scaler, value, signature } */
function toEntry(item: SmlValue): SmlEntry {
  const [name, status, , unit, scaler, value] = itemsOf(item);
  if (name?.kind !== "octets" || name.value.length !== 6 || value === undefined)
    throw new Malformed("an SML list entry has no OBIS code");
  return {
    name: name.value,
    status: status?.kind === "number" ? status.value : null,
    unit: unit?.kind === "number" ? Number(unit.value) : null,
    scaler: scaler?.kind === "number" ? Number(scaler.value) : 0,
    value,
  };
}

/* time => list(2) { choice: 1 seconds since start, 2 timestamp, 3 list(3) { timestamp, offsets }; value }
   Holley sends the seconds without the choice. */
function readTime(value: SmlValue | undefined): number | null {
  const [choice, content] = itemsOf(value);
  const timestamp = content?.kind === "list" ? content.items[0] : content;
  if (choice?.kind !== "number" || Number(choice.value) < 2 || timestamp?.kind !== "number") return null;
  const ms = Number(timestamp.value) * 1000;
  return ms >= TIME_MS_MIN && ms < TIME_MS_MAX ? ms : null;
}

const itemsOf = (value: SmlValue | undefined): readonly SmlValue[] =>
  value?.kind === "list" ? value.items : [];

class SmlReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #values = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  skipEndOfMessage(): boolean {
    if (this.#bytes[this.#at] !== 0) return false;
    this.#at++;
    return true;
  }

  value(depth: number): SmlValue {
    if (depth > DEPTH_MAX || ++this.#values > VALUES_MAX)
      throw new Malformed("an SML file is nested too deeply or too long");
    const first = this.#byte();
    if (first === 0) return { kind: "octets", value: new Uint8Array(0) };
    const type = (first >> 4) & 0x07;
    let length = first & 0x0f;
    let header = 1;
    for (let byte = first; (byte & MORE) !== 0; header++) {
      if (header > 3) throw new Malformed("an SML length is too long");
      byte = this.#byte();
      length = length * 16 + (byte & 0x0f);
    }
    if (type === 7) return { kind: "list", items: this.#items(length, depth) };
    const body = this.#take(length - header);
    if (type === 0) return { kind: "octets", value: body };
    if (type === 4) return { kind: "boolean", value: body[0] !== 0 };
    if (type !== 5 && type !== 6) throw new Malformed(`SML type ${type} is unknown`);
    return { kind: "number", signed: type === 5, bytes: body.length, value: toInteger(body, type === 5) };
  }

  #items(count: number, depth: number): SmlValue[] {
    if (count > VALUES_MAX) throw new Malformed("an SML list is too long");
    const items: SmlValue[] = [];
    for (let index = 0; index < count; index++) items.push(this.value(depth + 1));
    return items;
  }

  #byte(): number {
    return this.#take(1)[0] as number;
  }

  #take(count: number): Uint8Array {
    if (count < 0 || this.#at + count > this.#bytes.length) throw new Malformed("an SML value is cut");
    return this.#bytes.subarray(this.#at, (this.#at += count));
  }
}

/** Big-endian integer of 1 to 8 bytes. @throws Malformed for none or more */
export function toInteger(bytes: Uint8Array, signed: boolean): number | bigint {
  if (bytes.length < 1 || bytes.length > 8) throw new Malformed(`an SML integer has ${bytes.length} bytes`);
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  if (signed) value = BigInt.asIntN(bytes.length * 8, value);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

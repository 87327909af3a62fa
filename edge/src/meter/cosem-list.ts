import { type CosemData, TAG } from "../protocol/cosem-data.ts";
import { Malformed } from "../protocol/malformed.ts";
import { looksLikeObis, toObis } from "../protocol/obis.ts";
import { unitSymbol } from "../protocol/units.ts";

export interface ListEntry {
  obis: string;
  data: CosemData;
  /** Power of ten and unit as the wire states them; null when it does not. */
  scaler: number | null;
  unit: string | null;
}

/** A notification's body, sorted: what carries an OBIS code, and what stands before and after without one. */
export interface CosemList {
  entries: ListEntry[];
  leading: CosemData[];
  trailing: CosemData[];
  /** The push set-up object, where the body begins with a list of its objects. */
  pushSetup: string | null;
}

/** Covers flat, nested and push-object lists; a list without any OBIS code comes back with `leading` only. */
export function readCosemList(body: CosemData): CosemList {
  const list: CosemList = { entries: [], leading: [], trailing: [], pushSetup: null };
  const items = itemsOf(body) ?? [body];
  const descriptors = readDescriptors(items[0]);
  if (descriptors === undefined) walk(items, list);
  else pairWithValues(descriptors, items.slice(1), list);
  return list;
}

const itemsOf = (data: CosemData | undefined): CosemData[] | undefined =>
  data?.kind === "structure" || data?.kind === "array" ? data.items : undefined;

function walk(items: readonly CosemData[], list: CosemList): void {
  let index = 0;
  while (index < items.length) {
    const item = items[index] as CosemData;
    const nested = itemsOf(item);
    if (nested !== undefined) {
      const described = readDescribed(nested);
      if (described === undefined) walk(nested, list);
      else list.entries.push(described);
      index++;
      continue;
    }
    const obis = obisOf(item);
    const data = items[index + 1];
    if (obis === undefined || data === undefined || itemsOf(data) !== undefined) {
      (list.entries.length === 0 ? list.leading : list.trailing).push(item);
      index++;
      continue;
    }
    const scale = readScalerUnit(items[index + 2]);
    list.entries.push({ obis, data, scaler: scale?.scaler ?? null, unit: scale?.unit ?? null });
    index += scale === undefined ? 2 : 3;
  }
}

const obisOf = (data: CosemData | undefined): string | undefined =>
  data?.kind === "octets" && looksLikeObis(data.value) ? toObis(data.value) : undefined;

/* scaler-unit => structure { int8 power of ten, enum unit } */
function readScalerUnit(data: CosemData | undefined): { scaler: number; unit: string } | undefined {
  if (data?.kind !== "structure" || data.items.length !== 2) return undefined;
  const [scaler, unit] = data.items;
  if (scaler?.kind !== "number" || scaler.tag !== TAG.int8) return undefined;
  if (unit?.kind !== "number" || unit.tag !== TAG.enum) return undefined;
  return { scaler: Number(scaler.value), unit: unitSymbol(Number(unit.value)) };
}

/* described value (Czech XT211) => structure { class u16, OBIS, attribute int8, value } */
function readDescribed(items: readonly CosemData[]): ListEntry | undefined {
  const [objectClass, name, attribute, data] = items;
  if (items.length !== 4 || objectClass?.kind !== "number" || objectClass.tag !== TAG.uint16)
    return undefined;
  const obis = obisOf(name);
  if (obis === undefined || attribute?.kind !== "number" || attribute.tag !== TAG.int8) return undefined;
  return data === undefined ? undefined : { obis, data, scaler: null, unit: null };
}

/* push-object list => array of structure { class u16, OBIS, attribute int8, index u16 }, then the values in its order;
     set-up objects from version 1 on put a restriction, and columns, behind the index */
interface Descriptor {
  obis: string;
  attribute: number;
}

const DESCRIPTOR_ITEMS = 4;
/** Of all classes whose objects have one value. */
const VALUE_ATTRIBUTE = 2;
const SCALER_UNIT_ATTRIBUTE = 3;

function readDescriptors(data: CosemData | undefined): Descriptor[] | undefined {
  if (data?.kind !== "array" || data.items.length === 0) return undefined;
  const descriptors: Descriptor[] = [];
  for (const item of data.items) {
    const fields = (itemsOf(item) ?? []).slice(0, DESCRIPTOR_ITEMS);
    const described = readDescribed(fields);
    if (described?.data.kind !== "number" || described.data.tag !== TAG.uint16) return undefined;
    const attribute = fields[2]?.kind === "number" ? Number(fields[2].value) : 0;
    descriptors.push({ obis: described.obis, attribute });
  }
  return descriptors;
}

function pairWithValues(
  descriptors: readonly Descriptor[],
  values: readonly CosemData[],
  list: CosemList,
): void {
  list.pushSetup = descriptors[0]?.obis ?? null;
  // The list may name itself first; its own value is then the list of objects.
  const named = values.length === descriptors.length - 1 ? descriptors.slice(1) : descriptors;
  if (named.length !== values.length)
    throw new Malformed(
      `the push list names ${descriptors.length} objects and carries ${values.length} values`,
    );
  const valued = new Set(
    named.filter(({ attribute }) => attribute === VALUE_ATTRIBUTE).map(({ obis }) => obis),
  );
  const scales = new Map<string, ReturnType<typeof readScalerUnit>>();
  for (const [index, { obis, attribute }] of named.entries())
    if (attribute === SCALER_UNIT_ATTRIBUTE && valued.has(obis))
      scales.set(obis, readScalerUnit(values[index]));
  for (const [index, data] of values.entries()) {
    const { obis, attribute } = named[index] as Descriptor;
    // What else an object tells, its status or when it was read, has the code of its value.
    if (attribute !== VALUE_ATTRIBUTE && valued.has(obis)) continue;
    const scale = scales.get(obis);
    list.entries.push({ obis, data, scaler: scale?.scaler ?? null, unit: scale?.unit ?? null });
  }
}

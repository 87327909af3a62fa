import type { CosemData } from "../protocol/cosem-data.ts";
import { TAG } from "../protocol/cosem-data.ts";
import { isPrintable, toLatin1 } from "../protocol/octets.ts";
import type { CosemList } from "./cosem-list.ts";

/** Settings of the serial line, where the meter's interface is one. */
export interface SerialSettings {
  baudRate: number;
  dataBits: 7 | 8;
  parity: "none" | "even" | "odd";
  stopBits: 1 | 2;
}

/** From the most to the least particular. */
export const COLUMN_TYPES = ["u8", "u16", "u32", "date-time", "date", "time", "text", "octets"] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

/** One place of a list that carries no OBIS codes. `obis: null` skips the place. */
export interface Column {
  obis: string | null;
  type: ColumnType;
  unit?: string;
  /** Power of ten of the raw value. */
  scaler?: number;
}

/** Powers of ten for lists with OBIS codes but without units and scalers; what is absent is not known. */
export interface Scalers {
  energy: number;
  voltage?: number;
  current?: number;
  frequency?: number;
}

/**
 * What a meter does not say on the wire. A profile is data: a new meter of a known family is one more of these.
 */
export interface MeterProfile {
  /** Kebab-case; `--profile` takes it. */
  name: string;
  /** For people: maker and models, and who sends this list. */
  meters: string;
  serial: SerialSettings;
  /** How its lists are known; all that is stated must hold. Positional lists are known by their columns. */
  recognise?: {
    /** Begin of the list's name, a text before the first OBIS code. */
    listName?: string;
    /** Push set-up object that a push-object list begins with. */
    pushSetup?: string;
    /** Whether energy comes as 64-bit integers. */
    wide?: boolean;
    /** Begin of the system title: the maker's three letters. */
    maker?: string;
    /** The list begins with the clock, without an OBIS code. */
    clockFirst?: boolean;
  };
  scalers?: Scalers;
  /** OBIS codes of values before and after the tagged ones that carry none themselves; null skips. */
  leading?: readonly (string | null)[];
  trailing?: readonly (string | null)[];
  /** Lists without OBIS codes, one for each length that the meter sends. */
  positional?: readonly (readonly Column[])[];
  /** Codes of the meter number, before the usual ones. */
  meterNumbers?: readonly string[];
}

/** The first profile that recognises a list with OBIS codes. */
export function recogniseTagged(
  profiles: readonly MeterProfile[],
  list: CosemList,
  systemTitle: string | null,
): MeterProfile | undefined {
  const name = nameOf(list);
  return profiles.find(({ recognise }) => {
    if (recognise === undefined) return false;
    const { listName, pushSetup, wide, maker, clockFirst } = recognise;
    return (
      (listName === undefined || name?.startsWith(listName) === true) &&
      (pushSetup === undefined || list.pushSetup === pushSetup) &&
      (wide === undefined || list.entries.some(({ data }) => isWide(data)) === wide) &&
      (maker === undefined || systemTitle?.startsWith(maker) === true) &&
      (clockFirst === undefined || isDateTime(list.leading[0]) === clockFirst)
    );
  });
}

/** The columns of the first profile that fit a list without OBIS codes. */
export function recognisePositional(
  profiles: readonly MeterProfile[],
  items: readonly CosemData[],
): { profile: MeterProfile; columns: readonly Column[] } | undefined {
  for (const profile of profiles)
    for (const columns of profile.positional ?? [])
      if (
        columns.length === items.length &&
        columns.every(({ type }, index) => fits(items[index] as CosemData, type))
      )
        return { profile, columns };
  return undefined;
}

/** The list's name: a text in front, or under a list identification code (x.x.0.2.129). */
function nameOf(list: CosemList): string | undefined {
  const named = list.entries.find(({ obis }) => obis.endsWith(":0.2.129"))?.data ?? list.leading[0];
  return named?.kind === "text" ? named.value : named?.kind === "octets" ? toLatin1(named.value) : undefined;
}

const isWide = (data: CosemData): boolean =>
  data.kind === "number" && (data.tag === TAG.int64 || data.tag === TAG.uint64);
const isDateTime = (data: CosemData | undefined): boolean =>
  data?.kind === "date-time" ||
  (data?.kind === "octets" && data.value.length === 12 && data.value[0] === 0x07);

const NUMBER_TAGS: Partial<Record<ColumnType, readonly number[]>> = {
  u8: [TAG.uint8, TAG.enum],
  u16: [TAG.uint16, TAG.int16],
  // Transformer meters send the same lists with wider counters.
  u32: [TAG.uint32, TAG.int32, TAG.uint64, TAG.int64],
};
const OCTETS_FIT: Partial<Record<ColumnType, (octets: Uint8Array) => boolean>> = {
  octets: () => true,
  text: (octets) => octets.length === 0 || isPrintable(octets),
  // Meter numbers have 12 characters too.
  "date-time": (octets) => octets.length === 12 && !isPrintable(octets),
  date: (octets) => octets.length === 5 && !isPrintable(octets),
  time: (octets) => octets.length === 4 && !isPrintable(octets),
};

/** Whether a value can stand in a column of the type. */
export function fits(data: CosemData, type: ColumnType): boolean {
  if (data.kind === "number") return NUMBER_TAGS[type]?.includes(data.tag) === true;
  return data.kind === type || (data.kind === "octets" && OCTETS_FIT[type]?.(data.value) === true);
}

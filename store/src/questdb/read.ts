import type { NormalisedReading } from "@smp/schemas";
import { qualityOf, WIDE } from "../columns.ts";
import type { Counter, Quarter } from "../energy/energy.ts";
import { numberOf, packSql, unpack, type Row } from "./sql.ts";
import type { LatestReading } from "../store.ts";

/** Registers without a column, as the `extra` column holds them. */
interface Extras {
  r?: Record<string, number>;
  u?: Record<string, string>;
}
const extrasIn = (value: unknown): Extras => (typeof value === "string" ? (JSON.parse(value) as Extras) : {});

/** QuestDB counts in microseconds. */
export const msOf = (value: unknown): number => (numberOf(value) ?? 0) / 1000;

function counterOf(row: Row, name: "imp" | "exp"): Counter | null {
  const first = numberOf(row[`${name}_first`]);
  return first === null
    ? null
    : {
        first,
        last: numberOf(row[`${name}_last`]) ?? first,
        gained: numberOf(row[`${name}_gained`]),
        unallocated: numberOf(row[`${name}_unallocated`]) ?? 0,
        firstMs: msOf(row[`${name}_first_us`]),
        lastMs: msOf(row[`${name}_last_us`]),
      };
}

export function quarterOf(row: Row): Quarter {
  return {
    meter: String(row["meter"]),
    from: msOf(row["q_us"]),
    seen: numberOf(row["seen"]) ?? 1,
    readings: numberOf(row["n"]) ?? 0,
    firstMs: msOf(row["first_us"]),
    lastMs: msOf(row["last_us"]),
    imported: counterOf(row, "imp"),
    exported: counterOf(row, "exp"),
    powerSum: numberOf(row["p_sum"]) ?? 0,
    powerCount: numberOf(row["p_n"]) ?? 0,
    powerMin: numberOf(row["p_min"]),
    powerMax: numberOf(row["p_max"]),
  };
}

/** Selects what `readingOf` takes. */
export const READING_COLUMNS: string = `device, extra, ${packSql(["ts::long", "s", "received", "quality", ...WIDE.map(({ column }) => column)])}`;

export function readingOf(meter: string, row: Row): NormalisedReading {
  const [us, s = null, received, quality, ...wide] = unpack(row).numbers;
  const { r = {}, u } = extrasIn(row["extra"]);
  for (const [index, { code }] of WIDE.entries()) {
    const value = wide[index];
    if (typeof value === "number") r[code] = value;
  }
  return {
    meter,
    device: String(row["device"]),
    t: (us ?? 0) / 1000,
    received: received ?? 0,
    ...(s !== null && { s }),
    r,
    ...(u && { u }),
    ...qualityOf(quality ?? 0),
  };
}

/** A meter's newest reading, with the newest values of all registers that `columns` and `extras` found. */
export function latestOf(last: Row, columns: Row | undefined, extras: readonly Row[]): LatestReading {
  const registers: LatestReading["registers"] = {};
  const offer = (code: string, value: number, t: number): void => {
    if (t >= (registers[code]?.t ?? -Infinity)) registers[code] = { value, t };
  };
  for (const { code, column } of WIDE) {
    const value = numberOf(columns?.[column]);
    if (value !== null) offer(code, value, msOf(columns?.[`${column}_us`]));
  }
  for (const row of extras)
    for (const [code, value] of Object.entries(extrasIn(row["extra"]).r ?? {}))
      offer(code, value, msOf(row["ts_us"]));
  return {
    meter: String(last["meter"]),
    device: String(last["device"]),
    t: msOf(last["ts_us"]),
    received: numberOf(last["received"]) ?? 0,
    registers,
    ...qualityOf(numberOf(last["quality"]) ?? 0),
  };
}

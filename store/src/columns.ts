import { METER_ID, PlatformError, REGISTERS, TIME_END_MS, type NormalisedReading } from "@smp/schemas";

/**
 * How a reading lies in tables: every register of the register table has a column of its own, all others rest as
 * (code, value, unit) in a narrow table, so that nothing valid is dropped and rows stay small.
 */
export const WIDE: readonly { code: string; column: string }[] = REGISTERS.map(({ code, name }) => ({
  code,
  column: name,
}));
export const wideIndex: ReadonlyMap<string, number> = new Map(WIDE.map(({ code }, index) => [code, index]));

export const IMPORT = "import_wh";
export const EXPORT = "export_wh";
/** Net power of a row in W, as netPowerW of @smp/schemas. */
export const POWER_SQL = `coalesce(power_w, CASE WHEN import_power_w IS NOT NULL OR export_power_w IS NOT NULL
  THEN coalesce(import_power_w, 0.0) - coalesce(export_power_w, 0.0) END)`;

/** A register that has no column, or the unit that a reading gave for a register. */
export interface Extra {
  code: string;
  value: number | null;
  unit: string | null;
}

/** NaN and infinities are no measurements: they become null, and null registers are not there. */
const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;

/** Values in the order of WIDE. */
export const wideOf = (reading: NormalisedReading): (number | null)[] =>
  WIDE.map(({ code }) => finite(reading.r[code]));

export function extrasOf(reading: NormalisedReading): Extra[] {
  const extras: Extra[] = [];
  for (const code in reading.r) {
    const value = finite(reading.r[code]);
    if (!wideIndex.has(code) && value !== null) extras.push({ code, value, unit: reading.u?.[code] ?? null });
  }
  for (const code in reading.u)
    if (wideIndex.has(code) || !(code in reading.r))
      extras.push({ code, value: null, unit: reading.u[code] ?? null });
  return extras;
}

/** Whether `extrasOf` gives any. */
export function hasExtras({ r, u }: NormalisedReading): boolean {
  for (const code in r) if (!wideIndex.has(code) && finite(r[code]) !== null) return true;
  for (const code in u) if (wideIndex.has(code) || !(code in r)) return true;
  return false;
}

const SERVER_TIME = 1;
export const SUSPECT = 2;

/** The flags as bits; 0 when there are none. */
export const qualityBits = (quality: NormalisedReading["quality"]): number =>
  (quality?.includes("server-time") ? SERVER_TIME : 0) | (quality?.includes("suspect") ? SUSPECT : 0);

export function qualityOf(bits: number): Pick<NormalisedReading, "quality"> {
  if (bits === 0) return {};
  return {
    quality: [
      ...((bits & SERVER_TIME) === 0 ? [] : (["server-time"] as const)),
      ...((bits & SUSPECT) === 0 ? [] : (["suspect"] as const)),
    ],
  };
}

const wholeTime = (ms: number): boolean => Number.isInteger(ms) && ms >= 0 && ms < TIME_END_MS;

/** Refuses a batch that holds what no table can key; the bridge validates before, so this is a fault of a program. */
export function checkReadings(readings: readonly NormalisedReading[]): void {
  for (const [index, reading] of readings.entries()) {
    const fault = !(typeof reading.meter === "string" && METER_ID.test(reading.meter))
      ? `meter ${JSON.stringify(reading.meter)} is no meter id`
      : !wholeTime(reading.t) || !wholeTime(reading.received)
        ? `t ${reading.t} and received ${reading.received} must be whole Unix milliseconds`
        : reading.s !== undefined && !Number.isSafeInteger(reading.s)
          ? `s ${reading.s} must be a whole number`
          : undefined;
    if (fault !== undefined)
      throw new PlatformError(
        "bad-reading",
        `reading ${index} of ${readings.length}: ${fault}; nothing of the batch was stored, drop this reading and send the others again`,
      );
  }
}

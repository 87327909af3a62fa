import type { Counter, Quarter } from "../energy/energy.ts";
import { packSql, type Packed } from "./sql.ts";

/** Times in ms after `start`: they are short, and need no place of their own in memory. */
const after = (start: string, column: string): string => `(${column} - ${start}) / 1000`;
const counterColumns = (name: string, start: string): string[] => [
  ...["first", "last", "gained"].map((column) => `${name}_${column}`),
  ...["first_us", "last_us"].map((column) => after(start, `${name}_${column}`)),
];
const [IMPORT_AT, EXPORT_AT] = [8, 13];
/** Where the other numbers begin. */
export const OTHERS_AT = 18;

/** Selects what `packedQuarter` takes, `start` being its start in microseconds, and other numbers. */
export function quarterColumns(start: string, others: readonly string[]): string {
  const times = [after(start, "first_us"), after(start, "last_us")];
  const own = [start, "n", ...times, "p_sum", "p_n", "p_min", "p_max"];
  const counters = ["imp", "exp"].flatMap((name) => counterColumns(name, start));
  return `meter, ${packSql([...own, ...counters, ...others])}`;
}

function counterOf(numbers: Packed["numbers"], at: number, from: number): Counter | null {
  const first = numbers[at];
  return typeof first !== "number"
    ? null
    : {
        first,
        last: numbers[at + 1] ?? first,
        gained: numbers[at + 2] ?? null,
        unallocated: 0,
        firstMs: from + (numbers[at + 3] ?? 0),
        lastMs: from + (numbers[at + 4] ?? 0),
      };
}

/** A quarter hour from the numbers that `quarterColumns` selects. */
export function packedQuarter({ meter, numbers }: Packed): Quarter {
  const from = (numbers[0] ?? 0) / 1000;
  return {
    meter,
    from,
    seen: 1,
    readings: numbers[1] ?? 0,
    firstMs: from + (numbers[2] ?? 0),
    lastMs: from + (numbers[3] ?? 0),
    imported: counterOf(numbers, IMPORT_AT, from),
    exported: counterOf(numbers, EXPORT_AT, from),
    powerSum: numbers[4] ?? 0,
    powerCount: numbers[5] ?? 0,
    powerMin: numbers[6] ?? null,
    powerMax: numbers[7] ?? null,
  };
}

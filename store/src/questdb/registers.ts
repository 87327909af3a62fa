import { WIDE } from "../columns.ts";
import type { Asking } from "./quarters.ts";
import { registersSql } from "./schema.ts";
import { numberOf } from "./sql.ts";
import type { RegistersQuery } from "../store.ts";

/** The registers that the readings of a range carry; newest values would not do, which are those of a week. */
export async function readRegisters(
  { query, tables }: Asking,
  { meter, from, to, receivedFrom }: RegistersQuery,
): Promise<string[]> {
  if (from >= to) return [];
  const { counts, codes } = registersSql(tables, { meters: [meter], from, to }, receivedFrom);
  const [[counted = {}], extras] = await Promise.all([query(counts, true), query(codes, true)]);
  const wide = WIDE.flatMap(({ code, column }) => ((numberOf(counted[column]) ?? 0) > 0 ? code : []));
  return [...new Set(wide.concat(extras.flatMap((row) => String(row["extra_codes"]).split(","))))].filter(
    (code) => code !== "",
  );
}

import type { DuckDBConnection } from "@duckdb/node-api";
import type { NormalisedReading } from "@smp/schemas";
import { qualityOf, WIDE } from "../columns.ts";
import { cellOf, numbersOf } from "./numbers.ts";
import { columnsOf } from "./columns.ts";

/** Readings of one meter of a stretch of time, at most `limit`: oldest first, or those after a place in order of arrival. */
export async function readRaw(
  connection: DuckDBConnection,
  query: {
    meterId: number;
    meter: string;
    from: number;
    to: number;
    limit: number;
    after?: { received: number; t: number };
  },
  nameOf: (id: number) => string,
): Promise<NormalisedReading[]> {
  const { after, limit } = query;
  const where = `meter = ${query.meterId} AND ts >= ${query.from} AND ts < ${query.to}`;
  const arrived = after
    ? `AND received >= ${after.received} AND (received > ${after.received} OR ts > ${after.t})`
    : "";
  const order = after ? "received, ts" : "ts";
  const rows = `FROM readings WHERE ${where} ${arrived} ORDER BY ${order} LIMIT ${limit}`;
  const columns = await numbersOf(
    connection,
    `SELECT ts, device, s, received, quality, ${WIDE.map(({ column }) => column).join(", ")} ${rows}`,
  );
  // Most registers are in none of the readings.
  const registers = WIDE.flatMap(({ code }, index) => {
    const values = columns[5 + index];
    return values?.some((value) => !Number.isNaN(value)) ? { code, values } : [];
  });
  const [times = [], devices, sequences, arrivals, qualities] = columns;
  const readings = Array.from(times, (t, row): NormalisedReading => {
    const s = cellOf(sequences, row);
    const r: Record<string, number> = {};
    for (const { code, values } of registers) {
      const value = cellOf(values, row);
      if (value !== null) r[code] = value;
    }
    return {
      meter: query.meter,
      device: nameOf(cellOf(devices, row) ?? -1),
      t,
      received: cellOf(arrivals, row) ?? t,
      ...(s !== null && { s }),
      r,
      ...qualityOf(cellOf(qualities, row) ?? 0),
    };
  });
  const last = readings.at(-1);
  const page = after ? `ts IN (SELECT ts ${rows})` : `ts <= ${last?.t ?? 0}`;
  if (last) await addExtras(connection, `${where} AND ${page}`, readings);
  return readings;
}

async function addExtras(
  connection: DuckDBConnection,
  where: string,
  readings: NormalisedReading[],
): Promise<void> {
  const [times = [], codes = [], values = [], units = []] = await columnsOf(
    connection,
    `SELECT ts::DOUBLE, code, value, unit FROM extra WHERE ${where}`,
  );
  if (times.length === 0) return;
  const byTime = new Map(readings.map((reading) => [reading.t, reading]));
  for (const [row, t] of times.entries()) {
    const reading = byTime.get(Number(t));
    if (!reading) continue;
    const value = values[row];
    const unit = units[row];
    if (typeof value === "number") reading.r[String(codes[row])] = value;
    if (typeof unit === "string") (reading.u ??= {})[String(codes[row])] = unit;
  }
}

import type { DuckDBConnection } from "@duckdb/node-api";
import type { NormalisedReading } from "@smp/schemas";
import { qualityOf, WIDE } from "./columns.ts";
import { columnsOf } from "./duckdb-open.ts";

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
  const rows = `FROM readings WHERE ${where} ${arrived} ORDER BY ${after ? "received, ts" : "ts"} LIMIT ${limit}`;
  const columns = await columnsOf(
    connection,
    `SELECT ts::DOUBLE, device, s::DOUBLE, received::DOUBLE, quality, ${WIDE.map(({ column }) => column).join(", ")} ${rows}`,
  );
  const readings = (columns[0] ?? []).map((t, row) => {
    const s = columns[2]?.[row];
    const reading: NormalisedReading = {
      meter: query.meter,
      device: nameOf(Number(columns[1]?.[row])),
      t: Number(t),
      received: Number(columns[3]?.[row]),
      ...(typeof s === "number" && { s }),
      r: {},
      ...qualityOf(Number(columns[4]?.[row])),
    };
    for (const [index, { code }] of WIDE.entries()) {
      const value = columns[5 + index]?.[row];
      if (typeof value === "number") reading.r[code] = value;
    }
    return reading;
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

import duckdb from "@duckdb/node-bindings";
import { DuckDBTypeId, type DuckDBConnection } from "@duckdb/node-api";
import { chunksOf } from "./columns.ts";

/**
 * A query's answer as doubles, column by column; NaN is null, as the store holds no NaN. For many rows: node-api asks for
 * each value whether it is null with big integers, which took longer than the query. Columns are of the tables' types of
 * numbers: to cast them in SQL, and to sort what lies in order, took as long as the rest of a small query.
 */
export async function numbersOf(connection: DuckDBConnection, sql: string): Promise<Float64Array[]> {
  const result = await connection.run(sql);
  const chunks = chunksOf(result);
  const rows = chunks.reduce((sum, { rowCount }) => sum + rowCount, 0);
  return Array.from({ length: result.columnCount }, (_, index) => {
    const type = result.columnTypeId(index);
    const column = new Float64Array(rows);
    let start = 0;
    for (const { chunk, rowCount } of chunks) {
      copy(duckdb.data_chunk_get_vector(chunk, index), type, column.subarray(start, start + rowCount));
      start += rowCount;
    }
    return column;
  });
}

/** Where `numbersOf` does not know the types of a query: sums of integers, say. */
export const doublesSql = (sql: string): string => `SELECT COLUMNS(*)::DOUBLE FROM (${sql})`;

function copy(vector: duckdb.Vector, type: DuckDBTypeId, column: Float64Array): void {
  readValues(vector, type, column);
  // One bit a row, in whole words; none when there is no null.
  const validity = duckdb.vector_get_validity(vector, Math.ceil(column.length / 64) * 8) as Uint8Array | null;
  if (!validity) return;
  for (let row = 0; row < column.length; row++)
    if (((validity[row >>> 3] ?? 0) & (1 << (row & 7))) === 0) column[row] = Number.NaN;
}

function readValues(vector: duckdb.Vector, type: DuckDBTypeId, column: Float64Array): void {
  const { length } = column;
  const bytes = (each: number): Uint8Array => duckdb.vector_get_data(vector, length * each);
  if (type === DuckDBTypeId.DOUBLE) {
    const { buffer, byteOffset } = bytes(8);
    column.set(new Float64Array(buffer, byteOffset, length));
  } else if (type === DuckDBTypeId.INTEGER) {
    const { buffer, byteOffset } = bytes(4);
    column.set(new Int32Array(buffer, byteOffset, length));
  } else if (type === DuckDBTypeId.BIGINT) {
    const { buffer, byteOffset } = bytes(8);
    // Two words each, the low one first: times and sequence numbers are safe integers.
    const words = new Int32Array(buffer, byteOffset, 2 * length);
    for (let row = 0; row < length; row++)
      column[row] = (words[2 * row + 1] ?? 0) * 2 ** 32 + ((words[2 * row] ?? 0) >>> 0);
  } else if (type === DuckDBTypeId.TINYINT) {
    const { buffer, byteOffset } = bytes(1);
    column.set(new Int8Array(buffer, byteOffset, length));
  } else throw new TypeError(`${DuckDBTypeId[type]} is no type of a number in the tables`);
}

/** A cell of such a column. */
export const cellOf = (column: Float64Array | undefined, row: number): number | null => {
  const value = column?.[row];
  return value === undefined || Number.isNaN(value) ? null : value;
};

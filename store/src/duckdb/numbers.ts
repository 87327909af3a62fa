import duckdb from "@duckdb/node-bindings";
import type { DuckDBConnection } from "@duckdb/node-api";

/**
 * A query's answer as doubles, column by column; NaN is null, as the store holds no NaN. For many rows: node-api asks for
 * each value whether it is null with big integers, which took longer than the query.
 */
export async function numbersOf(
  connection: DuckDBConnection,
  sql: string,
  orderBy: string,
): Promise<Float64Array[]> {
  const result = await connection.run(`SELECT COLUMNS(*)::DOUBLE FROM (${sql}) ORDER BY ${orderBy}`);
  const chunks = await result.fetchAllChunks();
  const rows = chunks.reduce((sum, { rowCount }) => sum + rowCount, 0);
  const columns = Array.from({ length: result.columnCount }, () => new Float64Array(rows));
  let start = 0;
  for (const { chunk, rowCount } of chunks) {
    for (const [index, column] of columns.entries())
      copy(duckdb.data_chunk_get_vector(chunk, index), column.subarray(start, start + rowCount));
    start += rowCount;
  }
  return columns;
}

function copy(vector: duckdb.Vector, column: Float64Array): void {
  const { buffer, byteOffset } = duckdb.vector_get_data(vector, column.byteLength);
  column.set(new Float64Array(buffer, byteOffset, column.length));
  // One bit a row, in whole words; none when there is no null.
  const validity = duckdb.vector_get_validity(vector, Math.ceil(column.length / 64) * 8) as Uint8Array | null;
  if (!validity) return;
  for (let row = 0; row < column.length; row++)
    if (((validity[row >>> 3] ?? 0) & (1 << (row & 7))) === 0) column[row] = Number.NaN;
}

/** A cell of such a column. */
export const cellOf = (column: Float64Array | undefined, row: number): number | null => {
  const value = column?.[row];
  return value === undefined || Number.isNaN(value) ? null : value;
};

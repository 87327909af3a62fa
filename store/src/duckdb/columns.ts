import {
  DuckDBDataChunk,
  type DuckDBConnection,
  type DuckDBMaterializedResult,
  type DuckDBType,
  type DuckDBValue,
} from "@duckdb/node-api";

/** DuckDB's vector size: a chunk cannot hold more rows. */
export const CHUNK_ROWS = 2048;

/** The rows of an answer, which lie in memory: node-api's own readers wait for a thread of the pool for each chunk, and once more for the end. */
export const chunksOf = (result: DuckDBMaterializedResult): DuckDBDataChunk[] =>
  Array.from({ length: result.chunkCount }, (_, index) => result.getChunk(index));

/** A query's answer, column by column. */
export async function columnsOf(
  connection: DuckDBConnection,
  sql: string,
  values?: DuckDBValue[],
): Promise<DuckDBValue[][]> {
  const result = await connection.run(sql, values);
  const chunks = chunksOf(result);
  return Array.from({ length: result.columnCount }, (_, index) =>
    chunks.flatMap((chunk) => chunk.getColumnValues(index)),
  );
}

/**
 * Empties temporary tables at the end of the transaction that filled them: rows that outlive it keep their memory until
 * the database is closed, deleted or not. One that fails leaves none.
 */
export async function emptyTables(connection: DuckDBConnection, tables: readonly string[]): Promise<void> {
  for (const table of tables) await connection.run(`DELETE FROM ${table}`);
}

/** Appends columns of equal length to a table, in the connection's transaction. */
export async function appendColumns(
  connection: DuckDBConnection,
  table: string,
  types: readonly DuckDBType[],
  columns: readonly (readonly DuckDBValue[])[],
): Promise<void> {
  const rows = columns[0]?.length ?? 0;
  if (rows === 0) return;
  const appender = await connection.createAppender(table);
  try {
    for (let start = 0; start < rows; start += CHUNK_ROWS) {
      const chunk = DuckDBDataChunk.create(types, Math.min(CHUNK_ROWS, rows - start));
      for (const [index, column] of columns.entries())
        chunk.setColumnValues(index, column.slice(start, start + CHUNK_ROWS));
      appender.appendDataChunk(chunk);
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
}

/**
 * One column; `time` is Unix ms, written with offset, in Parquet as a timestamp; `decimal` is an exact text, in Parquet the
 * double nearest to it.
 */
export interface Column<Row> {
  name: string;
  type: "time" | "number" | "decimal" | "text";
  of: (row: Row) => Cell;
}

export type Cell = number | string | null;
type CellName<Row> = { [Name in keyof Row]: Row[Name] extends Cell ? Name : never }[keyof Row] & string;

/** Columns that are fields of a row. */
export const fields = <Row>(type: Column<Row>["type"], ...names: CellName<Row>[]): Column<Row>[] =>
  names.map((name) => ({ name, type, of: (row) => row[name] as Cell }));

/** When a bucket begins and ends. */
export const BOUNDS: readonly Column<{ start: string; end: string }>[] = [
  { name: "start", type: "time", of: ({ start }) => Date.parse(start) },
  { name: "end", type: "time", of: ({ end }) => Date.parse(end) },
];

export interface Table<Row> {
  /** Without its ending. */
  fileName: string;
  columns: readonly Column<Row>[];
  tz: string;
  /** A row as NDJSON has it. */
  object: (row: Row) => object;
  /** Read one after the other, and only as fast as the client takes them. */
  batches: AsyncIterable<readonly Row[]> | Iterable<readonly Row[]>;
}

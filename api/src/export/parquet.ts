import { ByteWriter, ParquetWriter, type SchemaElement } from "hyparquet-writer";
import type { Column, Table } from "./table.ts";

/** Rows whose columns are written together; fewer compress worse, more need more memory. */
const GROUP_ROWS = 20_000;

/** Parquet, Snappy, every column optional; times are UTC milliseconds. */
export async function* parquetBytes<Row>({ columns, batches }: Table<Row>): AsyncGenerator<Uint8Array> {
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({
    writer: bytes,
    schema: schemaOf(columns),
    createdBy: "smart-meter-platform",
  });
  const taken = (): Uint8Array => {
    const copy = bytes.getBytes().slice();
    // What was handed on need not be kept; `offset` goes on counting.
    bytes.index = 0;
    return copy;
  };
  let rows: Row[] = [];
  for await (const batch of batches) {
    rows.push(...batch);
    if (rows.length < GROUP_ROWS) continue;
    await writer.write({ columnData: columnData(columns, rows), rowGroupSize: rows.length });
    rows = [];
    yield taken();
  }
  if (rows.length > 0)
    await writer.write({ columnData: columnData(columns, rows), rowGroupSize: rows.length });
  await writer.finish();
  yield taken();
}

const schemaOf = <Row>(columns: readonly Column<Row>[]): SchemaElement[] => [
  { name: "root", num_children: columns.length },
  ...columns.map(({ name, type }): SchemaElement => {
    const common = { name, repetition_type: "OPTIONAL" } as const;
    // The converted type alone does not say UTC: DuckDB and Polars take it for the clock of whoever reads.
    if (type === "time")
      return {
        ...common,
        type: "INT64",
        converted_type: "TIMESTAMP_MILLIS",
        logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" },
      };
    if (type === "number" || type === "decimal") return { ...common, type: "DOUBLE" };
    return { ...common, type: "BYTE_ARRAY", converted_type: "UTF8" };
  }),
];

const columnData = <Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): { name: string; data: unknown[]; offsetIndex: false; encoding?: "PLAIN" }[] =>
  columns.map(({ name, type, of }) => ({
    name,
    data: rows.map((row) => {
      const value = of(row);
      if (value === null) return null;
      if (type === "time") return new Date(Number(value));
      return type === "decimal" ? Number(value) : value;
    }),
    offsetIndex: false,
  }));

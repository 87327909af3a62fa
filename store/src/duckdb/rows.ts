import duckdb from "@duckdb/node-bindings";
import {
  BIGINT,
  DOUBLE,
  DuckDBScalarFunction,
  INTEGER,
  STRUCT,
  TINYINT,
  type DuckDBConnection,
  type DuckDBPreparedStatement,
  type DuckDBType,
} from "@duckdb/node-api";
import type { NormalisedReading } from "@smp/schemas";
import { qualityBits, WIDE, wideIndex } from "../columns.ts";
import { CHUNK_ROWS } from "./columns.ts";

const COLUMNS: readonly { name: string; type: DuckDBType }[] = [
  { name: "meter", type: INTEGER },
  { name: "ts", type: BIGINT },
  { name: "device", type: INTEGER },
  { name: "s", type: BIGINT },
  { name: "received", type: BIGINT },
  { name: "quality", type: TINYINT },
  ...WIDE.map(({ column }) => ({ name: column, type: DOUBLE })),
];
const FIXED = COLUMNS.length - WIDE.length;

type Values = Int32Array | BigInt64Array | Int8Array | Float64Array;

function valuesFor(type: DuckDBType): Values {
  if (type === INTEGER) return new Int32Array(CHUNK_ROWS);
  if (type === BIGINT) return new BigInt64Array(CHUNK_ROWS);
  return type === TINYINT ? new Int8Array(CHUNK_ROWS) : new Float64Array(CHUNK_ROWS);
}

/** One column in DuckDB's own layout: values, and a bit each that says "not null". */
class Column {
  readonly #values: Values;
  readonly #validity = new Uint32Array(CHUNK_ROWS / 32);
  #used = false;

  constructor(type: DuckDBType) {
    this.#values = valuesFor(type);
  }

  set(row: number, value: number | bigint): void {
    this.#values[row] = value;
    this.#validity[row >>> 5] = (this.#validity[row >>> 5] ?? 0) | (1 << (row & 31));
    this.#used = true;
  }

  /** Hands the rows to a vector of DuckDB's; afterwards all rows are null again. */
  flush(vector: duckdb.Vector, rows: number): void {
    const { buffer, BYTES_PER_ELEMENT } = this.#values;
    duckdb.vector_ensure_validity_writable(vector);
    duckdb.copy_data_to_vector_validity(vector, 0, this.#validity.buffer, 0, CHUNK_ROWS / 8);
    if (!this.#used) return;
    duckdb.copy_data_to_vector(vector, 0, buffer as ArrayBuffer, 0, rows * BYTES_PER_ELEMENT);
    this.#validity.fill(0);
    this.#used = false;
  }
}

/**
 * Inserts readings into the table `readings`, or one with its columns. DuckDB fetches up to 2048 rows at once by the scalar
 * function `incoming` and stores them in threads of its own: an appender does that on the event loop, 3 ms for each group,
 * however small, and a table function calls back three times, each of which waits for a turn of the event loop. For one writing
 * connection, whose calls do not overlap.
 */
export class ReadingRows {
  readonly #connection: DuckDBConnection;
  readonly #columns = COLUMNS.map(({ type }) => new Column(type));
  readonly #inserts = new Map<string, DuckDBPreparedStatement>();
  #waiting: readonly NormalisedReading[] = [];
  #idOf: (name: string) => number = () => -1;

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
    const incoming = DuckDBScalarFunction.create({
      name: "incoming",
      parameterTypes: [BIGINT],
      returnType: STRUCT(Object.fromEntries(COLUMNS.map(({ name, type }) => [name, type]))),
      volatile: true,
      mainFunction: () => undefined,
    });
    // Not by the wrapper, which would make an object of each of the columns for each call.
    duckdb.scalar_function_set_function(incoming.scalar_function, (_info, input, output) =>
      this.#fill(output, duckdb.data_chunk_get_size(input)),
    );
    connection.registerScalarFunction(incoming);
  }

  /** In the connection's transaction; `idOf` tells the number of a meter or device. */
  async insert(
    table: string,
    readings: readonly NormalisedReading[],
    idOf: (name: string) => number,
  ): Promise<void> {
    if (readings.length === 0) return;
    const insert = await this.#insertInto(table);
    [this.#waiting, this.#idOf] = [readings, idOf];
    insert.bindBigInt(1, BigInt(readings.length));
    const { rowsChanged } = await insert.run();
    if (rowsChanged !== readings.length)
      throw new Error(`${table} took ${rowsChanged} of ${readings.length} rows`);
  }

  async #insertInto(table: string): Promise<DuckDBPreparedStatement> {
    const known = this.#inserts.get(table);
    if (known) return known;
    const names = COLUMNS.map(({ name }) => name).join(", ");
    const insert = await this.#connection.prepare(
      `INSERT INTO ${table} (${names}) SELECT unnest(row) FROM (SELECT incoming(unnest(range($1::BIGINT))) AS row)`,
    );
    this.#inserts.set(table, insert);
    return insert;
  }

  /** The next rows. */
  #fill(rows: duckdb.Vector, count: number): void {
    const readings = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    if (readings.length < count)
      throw new Error(`DuckDB asks for ${count} rows, but ${readings.length} wait`);
    for (const [row, reading] of readings.entries()) this.#set(row, reading);
    for (const [index, column] of this.#columns.entries())
      column.flush(duckdb.struct_vector_get_child(rows, index), count);
  }

  #set(row: number, reading: NormalisedReading): void {
    const { meter, t, device, s, received, quality, r } = reading;
    const [meters, times, devices, sequences, arrivals, qualities] = this.#columns;
    meters?.set(row, this.#idOf(meter));
    times?.set(row, BigInt(t));
    devices?.set(row, this.#idOf(device));
    if (s !== undefined) sequences?.set(row, BigInt(s));
    arrivals?.set(row, BigInt(received));
    qualities?.set(row, qualityBits(quality));
    for (const code in r) {
      const index = wideIndex.get(code);
      const value = r[code];
      // NaN and infinities are no measurements.
      if (index !== undefined && value !== undefined && Number.isFinite(value))
        this.#columns[FIXED + index]?.set(row, value);
    }
  }
}

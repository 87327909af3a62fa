import { toOffsetString } from "@smp/schemas";
import type { AppContext } from "../ports.ts";
import { CONTENT_TYPES, type Format } from "./format.ts";
import { parquetBytes } from "./parquet.ts";
import type { Cell, Column, Table } from "./table.ts";

/** Answers with a table as a file; memory holds a batch and not the table. */
export function tableAnswer<Row>(
  c: AppContext,
  format: Exclude<Format, "json">,
  table: Table<Row>,
): Response {
  const parts = { csv: csvBytes, ndjson: ndjsonBytes, parquet: parquetBytes }[format](table);
  return c.body(streamOf(c, parts), 200, {
    "content-type": CONTENT_TYPES[format],
    "content-disposition": `attachment; filename="${table.fileName}.${format}"`,
  });
}

function streamOf(c: AppContext, parts: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await parts.next().catch((error: unknown) => {
          breakOff(c);
          throw error;
        });
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await parts.return(undefined);
      },
    },
    // Nothing is read before somebody takes it: HEAD costs no query.
    { highWaterMark: 0 },
  );
}

/**
 * In HTTP/1.0, as nginx asks by default, a file ends with its connection: ended in order, the part that came would look whole
 * (RFC 9112, 8).
 */
function breakOff({ env }: AppContext): void {
  if (env?.incoming?.httpVersion === "1.0" && env.outgoing?.headersSent)
    env.incoming.socket.resetAndDestroy();
}

/** RFC 4180, the columns' names as first row; null is an empty field. */
async function* csvBytes<Row>({ columns, batches, tz }: Table<Row>): AsyncGenerator<Uint8Array> {
  const text = (value: Cell, type: Column<Row>["type"]): string => {
    if (value === null) return "";
    if (type === "time") return toOffsetString(Number(value), tz);
    const plain = String(value);
    return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
  };
  yield Buffer.from(`${columns.map(({ name }) => text(name, "text")).join(",")}\r\n`);
  for await (const rows of batches)
    yield Buffer.from(
      rows.map((row) => `${columns.map(({ of, type }) => text(of(row), type)).join(",")}\r\n`).join(""),
    );
}

/** One JSON object a line. */
async function* ndjsonBytes<Row>({ object, batches }: Table<Row>): AsyncGenerator<Uint8Array> {
  for await (const rows of batches)
    yield Buffer.from(rows.map((row) => `${JSON.stringify(object(row))}\n`).join(""));
}

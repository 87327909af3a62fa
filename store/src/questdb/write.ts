import type { Sender } from "@questdb/nodejs-client";
import { PlatformError, type NormalisedReading } from "@smp/schemas";
import { extrasOf, qualityBits, wideOf, WIDE } from "../columns.ts";
import { Lanes } from "../lanes.ts";

/** Rows of one request, which is one transaction. */
const FLUSH_ROWS = 10_000;
/** How long the client retries one request that the server answers with 5xx. */
const RETRY_MS = 10_000;
const ATTEMPTS = 3;
const BUFFER_BYTES_MAX = 64 * 1024 * 1024;

/** Writes rows over ILP/HTTP; resolves when the server has committed them all. */
export interface IlpWriter {
  write<T>(table: string, rows: readonly T[], fill: (sender: Sender, row: T) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/**
 * One request at a time: a Sender has one buffer. `once`: what `fill` makes is sent one time only, an attempt that fails
 * is filled anew; otherwise the client repeats a request as it is.
 */
export function ilpWriter(url: string, { once = false }: { once?: boolean } = {}): IlpWriter {
  const lane = new Lanes("write", 1);
  let sender: Promise<Sender> | undefined;
  const connect = async (): Promise<Sender> => {
    const { protocol, hostname, port, username, password } = new URL(url);
    const quoted = (text: string): string => decodeURIComponent(text).replaceAll(";", ";;");
    const user = username ? `username=${quoted(username)};password=${quoted(password)};` : "";
    // Only who writes loads it, and the HTTP client that it brings.
    const { Sender, SenderOptions } = await import("@questdb/nodejs-client");
    const options = await SenderOptions.fromConfig(
      // Flushed by hand: only then is it known what was committed. A stated version needs no server at start.
      `${protocol.slice(0, -1)}::addr=localhost:${port || 9000};${user}auto_flush=off;protocol_version=2;${once ? "stdlib_http=on;retry_timeout=0" : `retry_timeout=${RETRY_MS}`};max_buf_size=${BUFFER_BYTES_MAX}`,
      { log: () => undefined },
    );
    // Set by itself: in `addr` it takes an IPv6 address' first colon for the port's. Node's own client wants it without brackets.
    options.host = once ? hostname.replaceAll(/[[\]]/g, "") : hostname;
    return new Sender(options);
  };

  async function flush<T>(
    table: string,
    rows: readonly T[],
    fill: (sender: Sender, row: T) => Promise<void>,
  ): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const open = await (sender ??= connect()).catch((error: unknown) => {
        // As when no file can be opened at the moment: the next attempt begins anew.
        sender = undefined;
        throw error;
      });
      try {
        // A failed flush has dropped its buffer, so every attempt builds the whole batch again.
        open.reset();
        for (const row of rows) await fill(open.table(table), row);
        await open.flush();
        return;
      } catch (error) {
        const fault = writeFault(table, error);
        if (!fault.retryable || attempt === ATTEMPTS) throw fault;
      }
    }
  }

  return {
    write: (table, rows, fill) =>
      lane.run(async () => {
        for (let start = 0; start < rows.length; start += FLUSH_ROWS)
          await flush(table, rows.slice(start, start + FLUSH_ROWS), fill);
      }),
    close: async () => {
      await lane.idle();
      await (await sender?.catch(() => undefined))?.close();
    },
  };
}

/** The server answers 400 with the first bad line; anything else may go better another time. */
function writeFault(table: string, cause: unknown): PlatformError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const refused = /statusCode=4\d\d/.test(message);
  return refused
    ? new PlatformError(
        "store-refused",
        `QuestDB refused a batch for ${table}, nothing of it was stored: ${message}`,
        { cause },
      )
    : new PlatformError("store-failed", `QuestDB did not commit a batch for ${table}: ${message}`, {
        cause,
        retryable: true,
      });
}

/** One reading as one row. */
export async function fillReading(sender: Sender, reading: NormalisedReading): Promise<void> {
  sender.symbol("meter", reading.meter).symbol("device", reading.device);
  sender.intColumn("received", reading.received).intColumn("quality", qualityBits(reading.quality));
  if (reading.s !== undefined) sender.intColumn("s", reading.s);
  for (const [index, value] of wideOf(reading).entries()) {
    const column = WIDE[index]?.column;
    if (column !== undefined && value !== null) sender.floatColumn(column, value);
  }
  const extras = extrasOf(reading);
  if (extras.length > 0) {
    const r = Object.fromEntries(
      extras.flatMap(({ code, value }) => (value === null ? [] : [[code, value]])),
    );
    const u = Object.fromEntries(extras.flatMap(({ code, unit }) => (unit === null ? [] : [[code, unit]])));
    sender.stringColumn("extra", JSON.stringify({ r, ...(Object.keys(u).length > 0 && { u }) }));
    sender.stringColumn("extra_codes", Object.keys(r).sort().join(","));
  }
  await sender.at(reading.t, "ms");
}

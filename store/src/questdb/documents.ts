import type { RejectedMessage } from "@smp/schemas";
import { numberOf, type Sql } from "./sql.ts";
import type { IlpWriter } from "./write.ts";
import { isOfDevice } from "../documents.ts";
import type { IdRange, RegistryDocument } from "../store.ts";

export interface Connections {
  sql: Sql;
  ilp: IlpWriter;
  /** Sends once, see marks.ts. */
  marks: IlpWriter;
}

/** The log of registry documents and the rejected messages, in order of the time of writing. */
export class Documents {
  #lastUs = 0;

  async put(connections: Connections, table: string, documents: readonly RegistryDocument[]): Promise<void> {
    for (const document of documents) await this.#follow(connections, table, document);
    const rows = documents.map((document) => ({ document, us: this.#nextUs() }));
    await connections.ilp.write(table, rows, async (sender, { document: { kind, id, value, t }, us }) => {
      sender.symbol("kind", kind).stringColumn("id", id).intColumn("t", t);
      if (value !== null && value !== undefined) sender.stringColumn("value", JSON.stringify(value));
      await sender.at(us, "us");
    });
  }

  async reject({ ilp }: Connections, table: string, messages: readonly RejectedMessage[]): Promise<void> {
    const rows = messages.map((message) => ({ message, us: this.#nextUs() }));
    await ilp.write(table, rows, async (sender, { message, us }) => {
      sender.symbol("device", message.device).symbol("code", message.code);
      sender.stringColumn("topic", message.topic).stringColumn("detail", message.detail);
      sender.stringColumn("payload", message.payload).intColumn("received", message.received);
      if (message.index !== undefined) sender.intColumn("idx", message.index);
      await sender.at(us, "us");
    });
  }

  /**
   * What another process wrote with a clock that was ahead, or this one before its clock was set back, is older all the same: else a
   * revoked token would count on. Not asked for what devices say of themselves, which comes by the thousand and again.
   */
  async #follow({ sql }: Connections, table: string, { kind, id }: RegistryDocument): Promise<void> {
    if (isOfDevice(kind)) return;
    const [newest] = await sql.query(`SELECT max(ts)::long AS us FROM ${table} WHERE kind = $1 AND id = $2`, [
      kind,
      id,
    ]);
    this.#lastUs = Math.max(this.#lastUs, numberOf(newest?.["us"]) ?? 0);
  }

  /** Rising in this process: what is written later is newer. */
  #nextUs(): number {
    this.#lastUs = Math.max(this.#lastUs + 1, Date.now() * 1000);
    return this.#lastUs;
  }
}

const isIdIn = (id: string, ranges: readonly IdRange[] | undefined): boolean =>
  ranges === undefined || ranges.some(({ from, to }) => id >= from && id < to);

export async function readDocuments(
  { sql }: Connections,
  table: string,
  kind: string,
  ids?: readonly IdRange[],
): Promise<RegistryDocument[]> {
  const rows = await sql.query(
    `SELECT id, value, t FROM ${table} WHERE kind = $1 LATEST ON ts PARTITION BY id`,
    [kind],
  );
  return rows
    .flatMap(({ id, value, t }) =>
      typeof value === "string" && isIdIn(String(id), ids)
        ? [{ kind, id: String(id), value: JSON.parse(value) as unknown, t: numberOf(t) ?? 0 }]
        : [],
    )
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** All versions of all documents, in order. */
export async function readDocumentLog({ sql }: Connections, table: string): Promise<RegistryDocument[]> {
  return (await sql.query(`SELECT kind, id, value, t FROM ${table} ORDER BY ts`)).map(
    ({ kind, id, value, t }) => ({
      kind: String(kind),
      id: String(id),
      value: typeof value === "string" ? (JSON.parse(value) as unknown) : null,
      t: numberOf(t) ?? 0,
    }),
  );
}

export async function readRejected(
  { sql }: Connections,
  table: string,
  query: { device?: string; limit: number },
): Promise<RejectedMessage[]> {
  const rows = await sql.query(
    `SELECT * FROM ${table} WHERE topic IS NOT NULL ${query.device === undefined ? "" : "AND device = $1"}
     ORDER BY ts DESC LIMIT ${Math.max(0, Math.floor(query.limit))}`,
    query.device === undefined ? [] : [query.device],
  );
  return rows.map((row) => {
    const index = numberOf(row["idx"]);
    return {
      device: String(row["device"]),
      topic: String(row["topic"]),
      code: row["code"] as RejectedMessage["code"],
      detail: String(row["detail"]),
      received: numberOf(row["received"]) ?? 0,
      ...(index !== null && { index }),
      payload: String(row["payload"]),
    };
  });
}

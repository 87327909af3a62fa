import { BIGINT, INTEGER, listValue, VARCHAR, type DuckDBConnection } from "@duckdb/node-api";
import { grouped, type RejectedMessage } from "@smp/schemas";
import { appendColumns, columnsOf } from "./columns.ts";
import { isOfDevice } from "../documents.ts";
import type { IdRange, RegistryDocument } from "../store.ts";

/** Rejected messages kept per device; trimmed when a tenth more has come together. */
const REJECTED_MAX = 10_000;

/** The log of registry documents and the rejected messages: both only grow at the end, numbered by `seq`. */
export class Documents {
  #sequence: number;
  readonly #rejectedCount: Map<string, number>;

  private constructor(sequence: number, rejectedCount: Map<string, number>) {
    this.#sequence = sequence;
    this.#rejectedCount = rejectedCount;
  }

  static async load(connection: DuckDBConnection): Promise<Documents> {
    const [last = []] = await columnsOf(
      connection,
      "SELECT max(seq)::DOUBLE FROM (SELECT seq FROM documents UNION ALL SELECT seq FROM rejected)",
    );
    const [devices = [], counts = []] = await columnsOf(
      connection,
      "SELECT device, count(*)::INTEGER FROM rejected GROUP BY device",
    );
    return new Documents(
      Number(last[0] ?? 0),
      new Map(devices.map((device, index) => [String(device), Number(counts[index])])),
    );
  }

  async put(connection: DuckDBConnection, documents: readonly RegistryDocument[]): Promise<void> {
    const textOf = ({ value }: RegistryDocument): string | null =>
      value === null || value === undefined ? null : JSON.stringify(value);
    await forgetOlder(connection, documents);
    await appendColumns(
      connection,
      "documents",
      [BIGINT, VARCHAR, VARCHAR, VARCHAR, BIGINT],
      [
        documents.map(() => BigInt(++this.#sequence)),
        documents.map(({ kind }) => kind),
        documents.map(({ id }) => id),
        documents.map(textOf),
        documents.map(({ t }) => BigInt(t)),
      ],
    );
  }

  async reject(connection: DuckDBConnection, messages: readonly RejectedMessage[]): Promise<void> {
    const types = [BIGINT, VARCHAR, VARCHAR, VARCHAR, VARCHAR, BIGINT, INTEGER, VARCHAR];
    await appendColumns(connection, "rejected", types, [
      messages.map(() => BigInt(++this.#sequence)),
      messages.map(({ device }) => device),
      messages.map(({ topic }) => topic),
      messages.map(({ code }) => code),
      messages.map(({ detail }) => detail),
      messages.map(({ received }) => BigInt(received)),
      messages.map(({ index }) => index ?? null),
      messages.map(({ payload }) => payload),
    ]);
    for (const { device } of messages)
      this.#rejectedCount.set(device, (this.#rejectedCount.get(device) ?? 0) + 1);
    for (const device of new Set(messages.map((message) => message.device)))
      if ((this.#rejectedCount.get(device) ?? 0) > REJECTED_MAX * 1.1) await this.#trim(connection, device);
  }

  async #trim(connection: DuckDBConnection, device: string): Promise<void> {
    await connection.run(
      `DELETE FROM rejected WHERE device = $1 AND seq <
        (SELECT min(seq) FROM (SELECT seq FROM rejected WHERE device = $1 ORDER BY seq DESC LIMIT ${REJECTED_MAX}))`,
      [device],
    );
    this.#rejectedCount.set(device, REJECTED_MAX);
  }
}

/** Older versions of what devices say of themselves. */
async function forgetOlder(
  connection: DuckDBConnection,
  documents: readonly RegistryDocument[],
): Promise<void> {
  for (const [kind, of] of grouped(documents, (document) => document.kind))
    if (isOfDevice(kind))
      await connection.run("DELETE FROM documents WHERE kind = $1 AND id IN (SELECT unnest($2))", [
        kind,
        listValue(of.map(({ id }) => id)),
      ]);
}

export async function readDocuments(
  connection: DuckDBConnection,
  kind: string,
  ids?: readonly IdRange[],
): Promise<RegistryDocument[]> {
  const isIn = ids?.map((_, index) => `(id >= $${2 * index + 2} AND id < $${2 * index + 3})`).join(" OR ");
  const [names = [], values = [], times = []] = await columnsOf(
    connection,
    `SELECT id, value, t::DOUBLE FROM documents WHERE kind = $1 ${isIn === undefined ? "" : `AND (${isIn})`}
     QUALIFY row_number() OVER (PARTITION BY id ORDER BY seq DESC) = 1 ORDER BY id`,
    [kind, ...(ids ?? []).flatMap(({ from, to }) => [from, to])],
  );
  return names.flatMap((id, index) => {
    const value = values[index];
    if (typeof value !== "string") return [];
    return { kind, id: String(id), value: JSON.parse(value) as unknown, t: Number(times[index]) };
  });
}

/** All versions of all documents, in order. */
export async function readDocumentLog(connection: DuckDBConnection): Promise<RegistryDocument[]> {
  const [kinds = [], ids = [], values = [], times = []] = await columnsOf(
    connection,
    "SELECT kind, id, value, t::DOUBLE FROM documents ORDER BY seq",
  );
  return kinds.map((kind, index) => {
    const value = values[index];
    return {
      kind: String(kind),
      id: String(ids[index]),
      value: typeof value === "string" ? (JSON.parse(value) as unknown) : null,
      t: Number(times[index]),
    };
  });
}

export async function readRejected(
  connection: DuckDBConnection,
  query: { device?: string; limit: number },
): Promise<RejectedMessage[]> {
  const columns = await columnsOf(
    connection,
    `SELECT device, topic, code, detail, received::DOUBLE, idx, payload FROM rejected
     ${query.device === undefined ? "" : "WHERE device = $2"} ORDER BY seq DESC LIMIT $1`,
    [query.limit, ...(query.device === undefined ? [] : [query.device])],
  );
  return (columns[0] ?? []).map((device, row) => {
    const index = columns[5]?.[row];
    return {
      device: String(device),
      topic: String(columns[1]?.[row]),
      code: String(columns[2]?.[row]) as RejectedMessage["code"],
      detail: String(columns[3]?.[row]),
      received: Number(columns[4]?.[row]),
      ...(typeof index === "number" && { index }),
      payload: String(columns[6]?.[row]),
    };
  });
}

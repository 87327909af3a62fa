import { readdirSync, readFileSync } from "node:fs";
import { createIngest, type Log, type LogBatch } from "@smp/bridge";
import { readingTopic, type IngestResult } from "@smp/schemas";
import { decode as decodeCborg } from "cborg";
import { describe, expect, test } from "vitest";

// The golden vectors are what makers of devices test against: our own ingest must give every verdict in them.
interface Vector {
  name: string;
  cbor?: string;
  json?: unknown;
  text?: string;
  received: number;
  verdict: "accepted" | "rejected";
  code?: string;
  normalised?: unknown[];
}

const folder = new URL("../../schemas/vectors/", import.meta.url);
const vectors = ["valid", "invalid"].flatMap((kind) =>
  readdirSync(new URL(`${kind}/`, folder)).map(
    (file) => JSON.parse(readFileSync(new URL(`${kind}/${file}`, folder), "utf8")) as Vector,
  ),
);
const forms = vectors.flatMap((vector) => [
  ...(vector.cbor === undefined
    ? []
    : [{ ...vector, form: "CBOR", payload: Buffer.from(vector.cbor, "hex") }]),
  ...("json" in vector && vector.text === undefined
    ? [{ ...vector, form: "JSON", payload: Buffer.from(JSON.stringify(vector.json)) }]
    : []),
  ...(vector.text === undefined ? [] : [{ ...vector, form: "JSON text", payload: Buffer.from(vector.text) }]),
]);

async function take(
  payload: Uint8Array,
  received: number,
): Promise<{ result: IngestResult; logged: LogBatch[] }> {
  const logged: LogBatch[] = [];
  const log: Log = {
    append: (batch) => {
      logged.push(batch);
      return Promise.resolve();
    },
    consume: () => Promise.resolve(),
    health: () => Promise.resolve({ ok: true }),
    close: () => Promise.resolve(),
  };
  const ingest = createIngest({ log });
  const result = await ingest.take({ device: "golden", topic: readingTopic("golden"), payload, received });
  await ingest.close();
  return { result, logged };
}

describe("golden vectors", () => {
  test.each(forms.filter((form) => form.verdict === "accepted"))(
    "$name as $form is accepted",
    async ({ payload, received, normalised }) => {
      const { result, logged } = await take(payload, received);
      expect(result.rejected).toEqual([]);
      expect(result.accepted).toEqual(normalised);
      expect(logged.flatMap((batch) => batch.readings)).toEqual(normalised);
    },
  );

  test.each(forms.filter((form) => form.verdict === "rejected"))(
    "$name as $form is rejected with its code",
    async ({ payload, received, code }) => {
      const { result, logged } = await take(payload, received);
      expect(result.accepted).toEqual([]);
      const rejected = logged.flatMap((batch) => batch.rejected);
      expect(rejected.map((message) => message.code)).toEqual([code]);
      expect(rejected[0]!.payload).toBe(payload.toString("base64"));
      expect(rejected[0]!.detail).toMatch(/^[A-Z0-9"].{10,}\.$/);
    },
  );

  test("the CBOR of every valid vector says what its JSON says, by an independent decoder", () => {
    for (const { cbor, json, name } of vectors.filter(
      (vector) => vector.verdict === "accepted" && vector.cbor !== undefined,
    ))
      expect(decodeCborg(Buffer.from(cbor!, "hex")), name).toEqual(json);
  });
});

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { IngestResult, NormalisedReading } from "@smp/schemas";
import { isRejectedMessage } from "@smp/schemas/validate";
import { describe, expect, test } from "vitest";
import { createIngest } from "../../src/ingest/ingest.ts";
import type { LogBatch } from "../../src/log.ts";
import { fakeLog } from "../fake-log.ts";

interface Vector {
  name: string;
  cbor?: string;
  json?: unknown;
  text?: string;
  received: number;
  verdict: "accepted" | "rejected";
  code?: string;
  normalised?: NormalisedReading[];
}

const folder = join(import.meta.dirname, "../../../schemas/vectors");
const vectors = ["valid", "invalid"].flatMap((kind) =>
  readdirSync(join(folder, kind)).map(
    (file) => JSON.parse(readFileSync(join(folder, kind, file), "utf8")) as Vector,
  ),
);

function encodings(vector: Vector): [string, Buffer][] {
  const text = vector.text ?? (vector.json === undefined ? undefined : JSON.stringify(vector.json));
  return [
    ...(vector.cbor === undefined ? [] : [["cbor", Buffer.from(vector.cbor, "hex")] as [string, Buffer]]),
    ...(text === undefined ? [] : [["json", Buffer.from(text)] as [string, Buffer]]),
  ];
}

async function take(vector: Vector, payload: Buffer): Promise<{ result: IngestResult; logged: LogBatch[] }> {
  const log = fakeLog();
  const message = { device: "golden", topic: "sm/v1/golden/reading", payload, received: vector.received };
  return { result: await createIngest({ log }).take(message), logged: log.batches };
}

describe.each(vectors.filter(({ verdict }) => verdict === "accepted"))("golden vector $name", (vector) => {
  test.each(encodings(vector))("is accepted as %s", async (_, payload) => {
    const { result, logged } = await take(vector, payload);
    expect(result).toEqual({ accepted: vector.normalised, rejected: [] });
    expect(logged).toEqual([{ readings: vector.normalised, rejected: [], statuses: [] }]);
  });
});

describe.each(vectors.filter(({ verdict }) => verdict === "rejected"))("golden vector $name", (vector) => {
  test.each(encodings(vector))("is rejected as %s", async (_, payload) => {
    const { result, logged } = await take(vector, payload);
    expect(result.accepted).toEqual([]);
    expect(result.rejected.map(({ code, detail }) => ({ code, detail }))).toEqual([
      { code: vector.code, detail: expect.stringMatching(/^[A-Z/t].{15,}\.$/) as string },
    ]);
    expect(isRejectedMessage(result.rejected[0])).toBe(true);
    expect(logged).toEqual([{ readings: [], rejected: result.rejected, statuses: [] }]);
  });
});

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { NormalisedReading } from "@smp/schemas";
import { isRejectedMessage } from "@smp/schemas/validate";
import { describe, expect, test } from "vitest";
import { createIngest } from "../src/ingest.ts";
import { fakeLog } from "./fake-log.ts";

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

const folder = join(import.meta.dirname, "../../schemas/vectors");
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

describe.each(vectors)("golden vector $name", (vector) => {
  test.each(encodings(vector))("gets its verdict as %s", async (_, payload) => {
    const log = fakeLog();
    const ingest = createIngest({ log });
    const message = { device: "golden", topic: "sm/v1/golden/reading", payload, received: vector.received };
    const { accepted, rejected } = await ingest.take(message);
    if (vector.verdict === "accepted") {
      expect(rejected).toEqual([]);
      expect(accepted).toEqual(vector.normalised);
      expect(log.batches.flatMap((batch) => batch.readings)).toEqual(vector.normalised);
    } else {
      expect(accepted).toEqual([]);
      expect(rejected.map(({ code, detail }) => ({ code, detail }))).toEqual([
        { code: vector.code, detail: expect.stringMatching(/^[A-Z/t].{15,}\.$/) as string },
      ]);
      expect(isRejectedMessage(rejected[0])).toBe(true);
      expect(log.batches.flatMap((batch) => batch.rejected)).toEqual(rejected);
    }
  });
});

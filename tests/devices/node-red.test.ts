import { createContext, runInContext } from "node:vm";
import { createIngest, type LogBatch } from "@smp/bridge";
import { describe, expect, test } from "vitest";
import { codeBlocks } from "../support/page-blocks.ts";

// A function node's text is the body of `function (msg)`, as Node-RED wraps it (packages/node_modules/@node-red/nodes/core/function).
const [body = ""] = codeBlocks("docs/devices/node-red.md", "js");
interface Message {
  topic: string;
  qos: number;
  retain: boolean;
  payload: string;
}
const run = (payload: unknown): Message | null =>
  runInContext(
    `(function (msg) {${body}\n})(${JSON.stringify({ payload })})`,
    createContext({}),
  ) as Message | null;

describe("the function node of the page for Node-RED", () => {
  test("makes a reading that the platform accepts", async () => {
    const batches: LogBatch[] = [];
    const ingest = createIngest({
      log: {
        append: (batch) => (batches.push(batch), Promise.resolve()),
        consume: () => Promise.resolve(),
        health: () => Promise.resolve({ ok: true }),
        close: () => Promise.resolve(),
      },
    });
    const message = run({ importKwh: 12_345.6789, powerW: -512.5, volts: [230.4, 231.1] });
    expect(message).toMatchObject({ topic: "sm/v1/my-flow/reading", qos: 1, retain: false });
    const { accepted, rejected } = await ingest.take({
      device: "my-flow",
      topic: message?.topic ?? "",
      payload: Buffer.from(message?.payload ?? ""),
      received: Date.now(),
    });
    await ingest.close();
    expect(rejected).toEqual([]);
    expect(accepted[0]?.r).toEqual({
      "1-0:1.8.0": 12_345_679,
      "1-0:16.7.0": -512.5,
      "1-0:32.7.0": 230.4,
      "1-0:52.7.0": 231.1,
    });
  });

  test("sends nothing when there is no value", () => {
    expect(run({})).toBeNull();
    expect(run({ importKwh: null, powerW: "much" })).toBeNull();
  });
});

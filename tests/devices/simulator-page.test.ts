import { runInNewContext } from "node:vm";
import { simulatedMeter, simulatedTransport, simulateRange } from "@smp/edge";
import { expect, test } from "vitest";
import { codeBlocks } from "../support/page-blocks.ts";

test("the code on docs/devices/simulator.md runs: a telegram, a span of values, a faulty line", async () => {
  const [code = ""] = codeBlocks("docs/devices/simulator.md", "ts");
  const shown: unknown[] = [];
  const names = {
    simulatedMeter,
    simulatedTransport,
    simulateRange,
    key: "36c66639e48a8ca4d6bc8b282a793bbb",
    fromMs: Date.UTC(2026, 5, 21),
    toMs: Date.UTC(2026, 5, 22),
    console: { log: (value: unknown) => shown.push(value) },
  };
  const { transport } = runInNewContext(
    `(() => {${code}
return { transport };})()`,
    names,
  ) as {
    transport: ReturnType<typeof simulatedTransport>;
  };
  expect(shown.length).toBeGreaterThanOrEqual(96);
  let bytes = 0;
  for await (const chunk of transport.bytes(new AbortController().signal)) bytes += chunk.length;
  expect(bytes).toBeGreaterThan(100 * 200);
});

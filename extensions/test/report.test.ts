import type { RegistryDocument } from "@smp/store";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ExtensionStatus } from "../src/host/open.ts";
import { reportProcessors } from "../src/host/report.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const status = (name: string, kind: "input" | "processor"): ExtensionStatus => ({
  manifest: { name, kind, version: "1.0.0", interface: 1 },
  shipped: true,
  meters: null,
  state: "running",
  calls: 0,
  failures: 0,
  cuts: 0,
});

test("a processor's state is told at the start, when it changes, every ten minutes, and at the end", async () => {
  const peak = status("peak-alert", "processor");
  const written: RegistryDocument[] = [];
  let away = false;
  const store = {
    putDocument: async (document: RegistryDocument) => {
      if (away) throw new Error("away");
      written.push(structuredClone(document));
    },
  };
  const logger = pino({ level: "silent" });
  const list = (): ExtensionStatus[] => [status("senml", "input"), peak];
  const report = reportProcessors({ extensions: { list }, store, logger });
  await vi.advanceTimersByTimeAsync(0);
  expect(written).toMatchObject([{ kind: "extension-state", id: "peak-alert", value: { state: "running" } }]);
  peak.calls = 1_000;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(written).toHaveLength(1);
  Object.assign(peak, { state: "restarting", cuts: 1 });
  away = true;
  await vi.advanceTimersByTimeAsync(20_000);
  away = false;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(written.slice(1)).toMatchObject([{ value: { state: "restarting", cuts: 1, calls: 1_000 } }]);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(written).toHaveLength(3);
  await report.close();
  expect(written.at(-1)).toMatchObject({ value: { state: "closed" } });
});

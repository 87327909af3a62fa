import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { storeConformance } from "./conformance.ts";
import { emptyMemory, memoryStore } from "./memory.ts";

// The store and the call of docs/extend/store.md.
storeConformance(
  "A store in memory",
  async () => {
    const memory = emptyMemory();
    return { open: async () => memoryStore(memory), remove: async () => undefined };
  },
  { histories: 10, retention: false },
);

test("the page for authors of a store says how long the one in memory is, and shows the call that proves it", () => {
  const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
  const page = read("../../docs/extend/store.md");
  expect(page).toContain(`in memory of ${read("memory.ts").trimEnd().split("\n").length} lines`);
  const words = (text: string): string => text.replaceAll(/[\s,]+/g, "");
  const [, call = ""] = /```ts\n([\s\S]*?)\}\);\n```/.exec(page) ?? [];
  expect(words(read("memory.test.ts"))).toContain(words(call));
});

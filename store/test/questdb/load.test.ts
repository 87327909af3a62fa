import { expect, test } from "vitest";
import { stores } from "../../src/index.ts";

test("the QuestDB store loads without the DuckDB store being loaded before", async () => {
  expect((await stores.questdb()).questdbStore).toBeTypeOf("function");
});

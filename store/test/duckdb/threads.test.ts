import { DuckDBInstance } from "@duckdb/node-api";
import { expect, test } from "vitest";
import { Threads } from "../../src/duckdb/threads.ts";

test("DuckDB has a second thread while something large runs, also when that fails, and one otherwise", async () => {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  const threads = new Threads(await instance.connect(), 2);
  const count = async (): Promise<unknown> =>
    (await connection.runAndReadAll("SELECT current_setting('threads')")).getRows()[0]?.[0];
  let end = (): void => undefined;
  const first = threads.forLarge(() => new Promise<void>((resolve) => (end = resolve)));
  await expect(threads.forLarge(() => Promise.reject(new Error("too large")))).rejects.toThrow("too large");
  expect(await count()).toBe(2n);
  end();
  await first;
  expect(await count()).toBe(1n);
  threads.close();
  connection.closeSync();
  instance.closeSync();
});

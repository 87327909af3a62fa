import { QUARTER_HOUR_MS } from "@smp/schemas";
import { expect, test } from "vitest";
import { keyOf, meterOf, quarterOf } from "../../src/duckdb/dirty.ts";
import { at } from "../trial.ts";

test("a quarter hour of any meter has a key of its own for four hundred years", () => {
  const last = at("2448-01-01") / QUARTER_HOUR_MS;
  for (const meter of [0, 1, 2 ** 28]) {
    const key = keyOf(meter, last);
    expect([meterOf(key), quarterOf(key)]).toEqual([meter, last]);
  }
});

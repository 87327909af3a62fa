import { Histogram, Registry } from "prom-client";
import { expect, test } from "vitest";
import { plainHistogram } from "../src/histogram.ts";

test("a plain histogram tells the same as that of prom-client", async () => {
  const facts = { name: "smp_test_seconds", help: "Time.", buckets: [0.001, 0.5, 1, 60] };
  const [ours, theirs] = [new Registry(), new Registry()];
  const plain = plainHistogram({ ...facts, registry: ours });
  const known = new Histogram({ ...facts, registers: [theirs] });
  expect(await ours.metrics()).toBe(await theirs.metrics());
  for (const value of [0, 0.001, 0.0011, 0.5, 0.75, 60, 61, 1e6]) {
    plain.observe(value);
    known.observe(value);
  }
  expect(await ours.metrics()).toBe(await theirs.metrics());
});

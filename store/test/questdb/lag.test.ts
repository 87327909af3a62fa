import { expect, test } from "vitest";
import { Lag } from "../../src/questdb/visibility.ts";

const behind = (applied: number, committed: number, name = "readings") => [{ name, applied, committed }];

test("the lag is the age of what was committed and cannot be seen, not of a table that something always comes to", () => {
  const lag = new Lag();
  expect(lag.ms(behind(10, 12), 1_000)).toBe(0);
  expect(lag.ms(behind(11, 20), 5_000)).toBe(4_000);
  expect(lag.ms(behind(12, 30), 9_000)).toBe(0);
  expect(lag.ms(behind(40, 50), 60_000)).toBe(0);
  expect(lag.ms([...behind(49, 60), ...behind(1, 2, "marks")], 70_000)).toBe(10_000);
  expect(lag.ms(behind(1, 2, "marks"), 73_000)).toBe(3_000);
  expect(lag.ms([], 80_000)).toBe(0);
});

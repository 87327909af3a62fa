import { expect, test } from "vitest";
import { judge, type Ledger, type StoredReading } from "./support/oracle.ts";

// The alarm itself is tested: an oracle that cannot fail proves nothing.
const ledger: Ledger = {
  meter: "a",
  sent: new Map([
    [1, 10],
    [2, 20],
    [3, 30],
  ]),
  acknowledged: new Set([1, 2]),
};
const verdictOf = (rows: StoredReading[]): ReturnType<typeof judge> => judge([ledger], () => rows);

test("the oracle is content when every acknowledged reading is there once, and an unacknowledged one may be", () => {
  expect(
    verdictOf([
      { t: 1, value: 10 },
      { t: 2, value: 20 },
    ]),
  ).toMatchObject({ lost: 0, doubled: 0, invented: 0 });
  expect(
    verdictOf([
      { t: 1, value: 10 },
      { t: 2, value: 20 },
      { t: 3, value: 30 },
    ]),
  ).toMatchObject({ lost: 0, doubled: 0, invented: 0 });
});

test("the oracle sees a lost, a doubled, a changed and an invented reading", () => {
  expect(verdictOf([{ t: 1, value: 10 }]).lost).toBe(1);
  expect(
    verdictOf([
      { t: 1, value: 10 },
      { t: 1, value: 10 },
      { t: 2, value: 20 },
    ]).doubled,
  ).toBe(1);
  expect(
    verdictOf([
      { t: 1, value: 11 },
      { t: 2, value: 20 },
    ]).invented,
  ).toBe(1);
  expect(
    verdictOf([
      { t: 1, value: 10 },
      { t: 2, value: 20 },
      { t: 9, value: 1 },
    ]).invented,
  ).toBe(1);
});

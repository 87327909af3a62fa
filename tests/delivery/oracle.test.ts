import { expect, test } from "vitest";
import { judge, judgeRejected, type Ledger, type StoredReading } from "../support/oracle.ts";

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

test("the oracle sees a rejected message that is gone, one without a reason, and a right reading among them", () => {
  const withWrong = { ...ledger, rejected: new Set([7]) };
  const kept = (t: number, detail = "negative"): { payload: string; code: "schema"; detail: string } => ({
    payload: Buffer.from(JSON.stringify({ t })).toString("base64"),
    code: "schema",
    detail,
  });
  const clean = { acknowledged: 1, lost: 0, unexplained: 0, unjust: 0 };
  expect(judgeRejected([withWrong], () => [kept(7), kept(7)])).toEqual(clean);
  expect(judgeRejected([withWrong], () => [])).toEqual({ ...clean, lost: 1 });
  expect(judgeRejected([withWrong], () => [kept(7, "")])).toEqual({ ...clean, unexplained: 1 });
  expect(judgeRejected([withWrong], () => [kept(7), kept(1)])).toEqual({ ...clean, unjust: 1 });
});

import { HOUR_MS } from "@smp/schemas";
import { pino } from "pino";
import { expect, test } from "vitest";
import { clockPast } from "../../embedded/clock.ts";

const STORED = Date.parse("2026-11-20T12:00:00Z");

/** A clock that is set right after so many looks; what was logged, and how long it took. */
async function played({ startsAt, rightAfter = Infinity }: { startsAt: number; rightAfter?: number }) {
  const lines: { level: number; msg: string }[] = [];
  const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  let waitedMs = 0;
  let looks = 0;
  await clockPast(STORED, logger, {
    now: () => (looks >= rightAfter ? STORED + 9 * HOUR_MS : startsAt + waitedMs),
    sleep: async (ms) => {
      looks += 1;
      waitedMs += ms;
    },
  });
  return { levels: lines.map(({ level }) => level), text: lines.map(({ msg }) => msg).join(), waitedMs };
}

test("a clock that is past the stored readings is not waited for, nor one that is some minutes behind", async () => {
  expect(await played({ startsAt: STORED + 1 })).toMatchObject({ levels: [], waitedMs: 0 });
  expect(await played({ startsAt: STORED - 5 * 60_000 })).toMatchObject({ levels: [], waitedMs: 0 });
});

test.for([
  ["an hour ago", STORED - HOUR_MS],
  ["1970", 0],
] as const)("a computer that begins in %s lets devices in when its clock is set", async ([, startsAt]) => {
  const { levels, text, waitedMs } = await played({ startsAt, rightAfter: 7 });
  expect(waitedMs).toBe(7_000);
  expect(levels).toEqual([40]);
  expect(text).toMatch(/clock is behind .* \(NTP\)/);
});

test("a clock that nobody sets is waited for two minutes, and said to be wrong", async () => {
  const { levels, waitedMs } = await played({ startsAt: STORED - HOUR_MS });
  expect(waitedMs).toBe(120_000);
  expect(levels).toEqual([40, 50]);
});

test("a new store waits only for a clock that has never been set", async () => {
  let looks = 0;
  const wait = { now: () => (looks > 1 ? STORED : 0), sleep: async () => void (looks += 1) };
  await clockPast(0, pino({ level: "silent" }), wait);
  expect(looks).toBe(2);
});

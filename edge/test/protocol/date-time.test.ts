import { expect, test } from "vitest";
import { readDateTime } from "../../src/protocol/date-time.ts";

/** 2026-03-29 01:02:03, a Sunday; deviation -60 minutes; status 0. */
const BYTES = [0x07, 0xea, 3, 29, 7, 1, 2, 3, 0, 0xff, 0xc4, 0];
const read = (changes: Record<number, number>) =>
  readDateTime(Uint8Array.from(BYTES, (byte, index) => changes[index] ?? byte));

test("a clock says its local time, its offset, summer time, and how good it is", () => {
  const localMs = Date.UTC(2026, 2, 29, 1, 2, 3);
  expect(read({})).toEqual({ localMs, offsetMinutes: 60, daylightSaving: false, quality: "ok" });
  expect(read({ 9: 0x80, 10: 0, 11: 0xff })).toEqual({
    localMs,
    offsetMinutes: null,
    daylightSaving: null,
    quality: "ok",
  });
  expect(read({ 11: 0x80 })?.daylightSaving).toBe(true);
  for (const [status, quality] of [
    [0x01, "invalid"],
    [0x08, "invalid"],
    [0x02, "doubtful"],
    [0x83, "invalid"],
  ] as const)
    expect(read({ 11: status })?.quality).toBe(quality);
  expect([4, 8].map((at) => read({ [at]: 0xff })?.localMs)).toEqual([localMs, localMs]);
  expect(read({ 7: 0xff })?.localMs).toBe(localMs - 3_000);
});

test.each([
  ["year 1999", { 0: 0x07, 1: 0xcf }],
  ["year 2100", { 0: 0x08, 1: 0x34 }],
  ["month 13", { 2: 13 }],
  ["month 0", { 2: 0 }],
  ["30 February", { 2: 2, 3: 30 }],
  ["weekday 8", { 4: 8 }],
  ["hour 24", { 5: 24 }],
  ["minute 60", { 6: 60 }],
  ["second 60", { 7: 60 }],
  ["100 hundredths", { 8: 100 }],
  ["15 hours from UTC", { 9: 0x03, 10: 0x84 }],
] as const)("%s is no moment", (_, changes) => {
  expect(read(changes)).toBeUndefined();
});

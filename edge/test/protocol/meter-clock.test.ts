import { describe, expect, test } from "vitest";
import {
  type DateTime,
  formatDateTime,
  readDate,
  readDateTime,
  readTime,
} from "../../src/protocol/date-time.ts";
import { MeterClock } from "../../src/protocol/meter-clock.ts";

const read = (hex: string): DateTime | undefined => readDateTime(Buffer.from(hex, "hex"));
const local = (text: string, daylightSaving: boolean | null = null): DateTime => ({
  localMs: Date.parse(`${text}Z`),
  offsetMinutes: null,
  daylightSaving,
  quality: "ok",
});
const iso = (ms: number | null): string | null =>
  ms === null ? null : new Date(ms).toISOString().slice(0, 19);

describe("a COSEM date-time", () => {
  test.each([
    ["07E50709011312232300FF8880", "never 13 bytes", undefined],
    ["07E5071301 0F2E23 00 FF88 80", "2021-07-19T15:46:35+02:00", "ok"],
    ["07E60B0C06 103600 00 FFC4 00", "2022-11-12T16:54:00+01:00", "ok"],
    ["07E80B0F05 0E2D2D 00 FFC4 02", "2024-11-15T14:45:45+01:00", "doubtful"],
    ["07E80B0F05 0E2D2D 00 FFC4 81", "2024-11-15T14:45:45+01:00", "invalid"],
    ["07E7031F05 12122D FF 8000 00", "2023-03-31T18:18:45", "ok"],
    ["07E7031FFF 1212FF FF 8000 FF", "2023-03-31T18:18:00", "ok"],
    ["07E7031F05 12122D FF 012C 00", "2023-03-31T18:18:45-05:00", "ok"],
    ["07E7031F05 12122D FF 0000 00", "2023-03-31T18:18:45+00:00", "ok"],
    ["07E7021E05 12122D FF 8000 00", "30 February", undefined],
    ["07E7031F05 18122D FF 8000 00", "24 o'clock", undefined],
    ["0BB8031F05 12122D FF 8000 00", "the year 3000", undefined],
    ["FFFFFFFFFF FFFFFF FF 8000 FF", "not specified", undefined],
    ["07E7031F05 12122D FF 7000 00", "a deviation of 20 days", undefined],
    ["07E7031F09 12122D FF 8000 00", "the ninth day of the week", undefined],
  ])("%s is %s", (hex, text, quality) => {
    const time = read(hex.replaceAll(" ", ""));
    expect(time?.quality).toBe(quality);
    expect(time && formatDateTime(time)).toBe(quality && text);
  });

  test("date and time alone are read", () => {
    expect(readDate(Buffer.from("07E5030A03", "hex"))).toBe("2021-03-10");
    expect(readTime(Buffer.from("0F113400", "hex"))).toBe("15:17:52");
    expect(readDate(Buffer.from("FFFFFFFFFF", "hex"))).toBeUndefined();
    expect(readTime(Buffer.from("FF113400", "hex"))).toBeUndefined();
  });
});

describe("an instant", () => {
  const vienna = (): MeterClock => new MeterClock("Europe/Vienna");

  test("follows from the deviation, which wins over the daylight-saving bit and needs no zone", () => {
    // The operator's example in Salzburg: deviation -60 with the bit set, in September.
    const time = read("07E5091D0315121300FFC480");
    expect(time && iso(new MeterClock("Pacific/Auckland").toInstant(time, 0))).toBe("2021-09-29T20:18:19");
  });

  test("follows from the zone, summer and winter", () => {
    expect(iso(vienna().toInstant(local("2023-03-31T18:18:45"), 0))).toBe("2023-03-31T16:18:45");
    expect(iso(vienna().toInstant(local("2023-01-31T18:18:45"), 0))).toBe("2023-01-31T17:18:45");
    expect(iso(new MeterClock("Europe/Lisbon").toInstant(local("2023-01-31T18:18:45"), 0))).toBe(
      "2023-01-31T18:18:45",
    );
  });

  test("is not believed when the meter calls its clock invalid", () => {
    expect(vienna().toInstant({ ...local("2023-01-31T18:18:45"), quality: "invalid" }, 0)).toBeNull();
  });

  test("in the hour that spring leaves out is winter time's", () => {
    expect(iso(vienna().toInstant(local("2026-03-29T02:30:00"), 0))).toBe("2026-03-29T01:30:00");
  });

  describe("in the hour that autumn repeats", () => {
    const repeated = (minute: number, bit: boolean | null = null): DateTime =>
      local(`2026-10-25T02:${String(minute).padStart(2, "0")}:00`, bit);

    test("is settled by the daylight-saving bit of a meter that sets it", () => {
      const clock = vienna();
      expect(iso(clock.toInstant(repeated(30, true), 0))).toBe("2026-10-25T00:30:00");
      expect(iso(clock.toInstant(repeated(30, false), 0))).toBe("2026-10-25T01:30:00");
    });

    test("is not settled by the bit of a meter that never sets it", () => {
      expect(vienna().toInstant(repeated(30, false), 0)).toBeNull();
    });

    test("is settled by the arrival time", () => {
      const clock = vienna();
      expect(iso(clock.toInstant(repeated(30), Date.parse("2026-10-25T00:30:04Z")))).toBe(
        "2026-10-25T00:30:00",
      );
      expect(iso(clock.toInstant(repeated(30), Date.parse("2026-10-25T01:29:58Z")))).toBe(
        "2026-10-25T01:30:00",
      );
    });

    test("is settled by the order of the readings", () => {
      const clock = vienna();
      const readings = ["01:50", "02:00", "02:20", "02:40", "02:00", "02:20", "02:40", "03:00"];
      const instants = readings.map((time) => clock.toInstant(local(`2026-10-25T${time}:00`), 0));
      expect(instants.map((ms) => iso(ms)?.slice(11, 16))).toEqual([
        "23:50",
        "00:00",
        "00:20",
        "00:40",
        "01:00",
        "01:20",
        "01:40",
        "02:00",
      ]);
    });

    test("stays unknown when nothing settles it", () => {
      expect(vienna().toInstant(repeated(30), 0)).toBeNull();
    });
  });

  test("follows from the letter of a DSMR time", () => {
    expect(formatDateTime(vienna().withLetter(local("2026-10-25T02:30:00", true)))).toBe(
      "2026-10-25T02:30:00+02:00",
    );
    expect(formatDateTime(vienna().withLetter(local("2026-10-25T02:30:00", false)))).toBe(
      "2026-10-25T02:30:00+01:00",
    );
    expect(formatDateTime(vienna().withLetter(local("2026-10-25T02:30:00")))).toBe("2026-10-25T02:30:00");
  });
});

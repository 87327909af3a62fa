/** A meter's clock reading as it stands on the wire. */
export interface DateTime {
  /** The local date and time as if it were UTC, Unix ms. */
  localMs: number;
  /** Local minus UTC; null when the meter leaves it open. */
  offsetMinutes: number | null;
  /** Bit 7 of the clock status, or the S/W letter of DSMR; null when not stated. */
  daylightSaving: boolean | null;
  quality: "ok" | "doubtful" | "invalid";
}

const NOT_SPECIFIED = 0xff;
const DEVIATION_NOT_SPECIFIED = -0x8000;
const INVALID = 0x01;
const DOUBTFUL = 0x02;
const INVALID_STATUS = 0x08;
const DAYLIGHT_SAVING = 0x80;

/* date-time (IEC 62056-6-2, 4.1.6.1) => year u16, month, day, weekday, hour, minute, second, 1/100 s, deviation i16, status
     deviation => minutes from local time to UTC: UTC = local + deviation; CET is -60 */
/** Reads 12 bytes; `undefined` unless they name a moment between 2000 and 2099. */
export function readDateTime(bytes: Uint8Array): DateTime | undefined {
  if (bytes.length !== 12) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 12);
  const weekday = view.getUint8(4);
  const hundredths = view.getUint8(8);
  const second = view.getUint8(7);
  if ((weekday > 7 && weekday !== NOT_SPECIFIED) || (hundredths > 99 && hundredths !== NOT_SPECIFIED))
    return undefined;
  const localMs = toLocalMs(
    view.getUint16(0),
    view.getUint8(2),
    view.getUint8(3),
    view.getUint8(5),
    view.getUint8(6),
    second === NOT_SPECIFIED ? 0 : second,
  );
  const deviation = view.getInt16(9);
  if (localMs === undefined || (Math.abs(deviation) > 14 * 60 && deviation !== DEVIATION_NOT_SPECIFIED))
    return undefined;
  const status = view.getUint8(11);
  return {
    // Hundredths only say when the telegram was put together: the values are read once per second at most.
    localMs,
    offsetMinutes: deviation === DEVIATION_NOT_SPECIFIED ? null : 0 - deviation,
    daylightSaving: status === NOT_SPECIFIED ? null : (status & DAYLIGHT_SAVING) !== 0,
    quality: qualityOf(status),
  };
}

function qualityOf(status: number): DateTime["quality"] {
  if (status === NOT_SPECIFIED) return "ok";
  if ((status & (INVALID | INVALID_STATUS)) !== 0) return "invalid";
  // Sagemcom sets "doubtful" for years while its clock is right.
  return (status & DOUBTFUL) !== 0 ? "doubtful" : "ok";
}

/** Local fields as Unix ms, as if they were UTC; `undefined` when they name no moment between 2000 and 2099. */
export function toLocalMs(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | undefined {
  if (year < 2000 || year > 2099 || hour > 23 || minute > 59 || second > 59) return undefined;
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  // Date.UTC rolls over: 31 April would become 1 May.
  const date = new Date(ms);
  return month >= 1 && month <= 12 && date.getUTCDate() === day ? ms : undefined;
}

/** RFC 3339; without an offset where the meter states none. */
export function formatDateTime({ localMs, offsetMinutes }: DateTime): string {
  const local = new Date(localMs).toISOString().slice(0, 19);
  if (offsetMinutes === null) return local;
  const size = Math.abs(offsetMinutes);
  return `${local}${offsetMinutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

const two = (value: number | undefined): string => String(value ?? 0).padStart(2, "0");

/** `YYYY-MM-DD` of a date of 5 bytes; `undefined` unless it is a day between 2000 and 2099. */
export function readDate(bytes: Uint8Array): string | undefined {
  const [high = 0, low = 0, month = 0, day = 0] = bytes;
  const ms = toLocalMs(high * 256 + low, month, day, 0, 0, 0);
  return ms === undefined ? undefined : new Date(ms).toISOString().slice(0, 10);
}

/** `hh:mm:ss` of a time of 4 bytes. */
export function readTime(bytes: Uint8Array): string | undefined {
  const [hour = 0, minute = 0, second = 0] = bytes;
  return hour > 23 || minute > 59 || second > 59 ? undefined : `${two(hour)}:${two(minute)}:${two(second)}`;
}

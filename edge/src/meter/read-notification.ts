import type { CosemData } from "../protocol/cosem-data.ts";
import { type DataNotification } from "../protocol/data-notification.ts";
import { formatDateTime, readDate, readDateTime, readTime } from "../protocol/date-time.ts";
import { Malformed } from "../protocol/malformed.ts";
import type { MeterClock } from "../protocol/meter-clock.ts";
import { toLatin1 } from "../protocol/octets.ts";
import { readCosemList } from "./cosem-list.ts";
import { type Column, type MeterProfile, recognisePositional, recogniseTagged } from "./profile.ts";
import { emptyTelegram, meterNumber, putValue } from "./telegram-builder.ts";
import type { Telegram } from "./telegram.ts";

const UNSTATED = { scaler: null, unit: null };

export interface NotificationContext {
  protocol: Telegram["protocol"];
  systemTitle: Uint8Array | null;
  /** Profiles to choose from; one that the user has chosen stands alone and needs no recognition. */
  profiles: readonly MeterProfile[];
  chosen: boolean;
  clock: MeterClock;
  nowMs: number;
}

/** Sorts a notification into registers and texts. `undefined` when no profile knows its list. */
export function readNotification(
  notification: DataNotification,
  context: NotificationContext,
): Telegram | undefined {
  const telegram = emptyTelegram(context.protocol);
  const profile = readBody(notification.body, telegram, context);
  if (profile === undefined) return undefined;
  telegram.profile = profile?.name ?? null;
  telegram.meter = meterNumber(telegram, profile ?? undefined);
  putTime(telegram, notification.dateTime, context);
  return telegram;
}

/** Files the body's values; returns the profile, null when none was needed, `undefined` when one is lacking. */
function readBody(
  body: CosemData,
  telegram: Telegram,
  context: NotificationContext,
): MeterProfile | null | undefined {
  // Columns first: a list may begin with its own identifier, which looks like the code of the value behind it.
  const positional = recognisePositional(context.profiles, body.kind === "structure" ? body.items : []);
  if (positional !== undefined) {
    putColumns(telegram, positional.columns, body, positional.profile);
    return positional.profile;
  }
  const list = readCosemList(body);
  if (list.entries.length === 0) return undefined;
  const title = context.systemTitle === null ? null : toLatin1(context.systemTitle);
  const profile = context.chosen ? context.profiles[0] : recogniseTagged(context.profiles, list, title);
  for (const { obis, data, scaler, unit } of list.entries)
    putValue(telegram, obis, data, { scaler, unit }, profile);
  putUntagged(telegram, list.leading, profile?.leading, profile);
  putUntagged(telegram, list.trailing, profile?.trailing, profile);
  return profile ?? null;
}

function putColumns(
  telegram: Telegram,
  columns: readonly Column[],
  body: CosemData,
  profile: MeterProfile,
): void {
  const items = body.kind === "structure" ? body.items : [];
  for (const [index, { obis, type, unit, scaler }] of columns.entries()) {
    const data = items[index] as CosemData;
    if (obis === null) continue;
    if (type === "date" || type === "time") putClockPart(telegram, obis, type, data);
    else putValue(telegram, obis, data, { unit: unit ?? null, scaler: scaler ?? null }, profile);
  }
}

/** Joins the date and the time of a clock that a meter sends in two places. */
function putClockPart(telegram: Telegram, obis: string, type: "date" | "time", data: CosemData): void {
  if (!("value" in data) || !(data.value instanceof Uint8Array)) return;
  const part = type === "date" ? readDate(data.value) : readTime(data.value);
  const other = telegram.texts[obis];
  if (part === undefined) return;
  telegram.texts[obis] =
    other === undefined ? part : type === "date" ? `${part}T${other}` : `${other}T${part}`;
}

function putUntagged(
  telegram: Telegram,
  items: readonly CosemData[],
  codes: readonly (string | null)[] | undefined,
  profile: MeterProfile | undefined,
): void {
  for (const [index, data] of items.entries()) {
    const obis = codes?.[index];
    if (typeof obis === "string") putValue(telegram, obis, data, UNSTATED, profile);
  }
}

function putTime(
  telegram: Telegram,
  dateTime: Uint8Array | null,
  { clock, nowMs }: NotificationContext,
): void {
  if (dateTime === null) return;
  const time = readDateTime(dateTime);
  if (time === undefined) {
    // A clock that was never set says "not specified"; anything else is noise.
    if (dateTime.subarray(0, 4).every((byte) => byte === 0xff)) return;
    throw new Malformed("the notification's time is no valid date");
  }
  telegram.time = formatDateTime(time);
  telegram.t = clock.toInstant(time, nowMs);
  if (time.quality !== "ok") telegram.clock = time.quality;
}

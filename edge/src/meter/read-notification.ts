import type { CosemData } from "../protocol/cosem-data.ts";
import { type DataNotification } from "../protocol/data-notification.ts";
import { formatDateTime, readDateTime } from "../protocol/date-time.ts";
import { Malformed } from "../protocol/malformed.ts";
import type { MeterClock } from "../protocol/meter-clock.ts";
import { toLatin1 } from "../protocol/octets.ts";
import { readCosemList } from "./cosem-list.ts";
import { type MeterProfile, recognisePositional, recogniseTagged } from "./profile.ts";
import { emptyTelegram, meterNumber, putValue } from "./telegram-builder.ts";
import type { Telegram } from "./telegram.ts";

const UNSTATED = { scaler: null, unit: null };

export interface NotificationContext {
  protocol: Telegram["protocol"];
  systemTitle: Uint8Array | null;
  /** Profiles to choose from; a forced one stands alone. */
  profiles: readonly MeterProfile[];
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
  telegram.meter = meterNumber(telegram.texts, profile ?? undefined);
  putTime(telegram, notification.dateTime, context);
  return telegram;
}

/** Files the body's values; returns the profile, null when none was needed, `undefined` when one is lacking. */
function readBody(
  body: CosemData,
  telegram: Telegram,
  context: NotificationContext,
): MeterProfile | null | undefined {
  const list = readCosemList(body);
  if (list.entries.length === 0) return readPositional(list.leading, telegram, context);
  const title = context.systemTitle === null ? null : toLatin1(context.systemTitle);
  const profile = recogniseTagged(context.profiles, list, title);
  for (const { obis, data, scaler, unit } of list.entries)
    putValue(telegram, obis, data, { scaler, unit }, profile);
  putUntagged(telegram, list.leading, profile?.leading, profile);
  putUntagged(telegram, list.trailing, profile?.trailing, profile);
  return profile ?? null;
}

function readPositional(
  items: readonly CosemData[],
  telegram: Telegram,
  { profiles }: NotificationContext,
): MeterProfile | undefined {
  const match = recognisePositional(profiles, items);
  for (const [index, { obis, unit, scaler }] of match?.columns.entries() ?? [])
    if (obis !== null)
      putValue(
        telegram,
        obis,
        items[index] as CosemData,
        { unit: unit ?? null, scaler: scaler ?? null },
        match?.profile,
      );
  return match?.profile;
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
    if (dateTime[0] === 0xff && dateTime[1] === 0xff) return;
    throw new Malformed("the notification's time is no valid date");
  }
  telegram.time = formatDateTime(time);
  telegram.t = clock.toInstant(time, nowMs);
  if (time.quality !== "ok") telegram.clock = time.quality;
}

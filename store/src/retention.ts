import { DAY_MS } from "@smp/schemas";

/** How long readings are kept; each resolution has a limit of its own. */
export interface Retention {
  /** Days of raw readings; 0 for ever. */
  rawDays: number;
  /** Days of the quarter hours, and so of all that is coarser; 0 for ever. Not less than `rawDays`. */
  rollUpDays: number;
}

export const FOR_EVER: Retention = { rawDays: 0, rollUpDays: 0 };

/** So long a clock must have been ahead of all readings. */
const TRUSTED_AFTER_MS = 2 * DAY_MS;

/**
 * The time by which readings are old. A clock that is more than a day ahead of the newest reading is more likely wrong, as after the
 * start of a small computer, than all meters silent; what it let go of would not come back. So it is believed after two days only.
 */
export const trustedNow = (now: number, { newestMs, upMs }: { newestMs: number; upMs: number }): number =>
  upMs >= TRUSTED_AFTER_MS ? now : Math.min(now, newestMs + DAY_MS);

/** Before this instant, a UTC midnight, readings may go; 0 when none may. */
const cutMs = (days: number, now: number): number =>
  days === 0 ? 0 : Math.max(0, Math.floor(now / DAY_MS) - days) * DAY_MS;

export const rawCutMs = ({ rawDays }: Retention, now: number): number => cutMs(rawDays, now);
export const rollUpCutMs = ({ rollUpDays }: Retention, now: number): number => cutMs(rollUpDays, now);

import type { NormalisedReading } from "./generated/types.ts";
import { netPowerW, registerName } from "./registers.ts";

/** The JSON of `live/v1/{meter}`: friendly names, the unit as their last part; net power first, where the reading tells it. */
export function liveDocument({ meter, t, r, quality }: NormalisedReading): Record<string, unknown> {
  const power = netPowerW(r);
  const message: Record<string, unknown> = { meter, time: new Date(t).toISOString(), t };
  if (power !== undefined) message["power_w"] = power;
  for (const [code, value] of Object.entries(r)) message[registerName(code)] = value;
  if (quality) message["quality"] = quality;
  return message;
}

/** Values of one moment that come as messages of their own are at most so far apart. */
const TOGETHER_MS = 2_000;

/**
 * A meter's newest reading with what a mirror has not shown yet of those just before: Shelly, vzlogger and others send power
 * and energy in turn, and of two in a second the first would never be seen.
 */
export function withUnshown(unshown: NormalisedReading, newest: NormalisedReading): NormalisedReading {
  const areAlike = String(newest.quality) === String(unshown.quality);
  return areAlike && newest.t - unshown.t <= TOGETHER_MS
    ? { ...newest, r: { ...unshown.r, ...newest.r } }
    : newest;
}

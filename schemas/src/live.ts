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

import type { Meter, MeterSettings } from "@smp/schemas/api";

interface Fields {
  name: string;
  zone: string;
  visibility: Meter["visibility"];
}

/** What to tell the platform: zone and visibility need more rights than the name, so that what stayed is not sent. */
export function changeOf(
  entry: { name: string; tz: string; visibility: Meter["visibility"] },
  { name, zone, visibility }: Fields,
): MeterSettings {
  const trimmed = name.trim();
  return {
    ...(trimmed === entry.name ? {} : { name: trimmed === "" ? null : trimmed }),
    ...(zone === entry.tz ? {} : { time_zone: zone }),
    ...(visibility === entry.visibility ? {} : { visibility }),
  };
}

// A whole app in under 60 lines: what each meter used today, by the hour, then its power as it changes.
import { ApiError, createClient, type Client, type Meter } from "@smp/schemas/client";

const BAR_KWH = 0.1;

/** One line an hour, with a bar; a hole in the data is said, not drawn as zero. */
async function today(smp: Client, meter: Meter): Promise<string[]> {
  const { total, buckets, tz } = await smp.getEnergy({ id: meter.id, resolution: "1h" });
  const hours = buckets.map(({ start, import_kwh: energy }) => {
    const hour = start.slice(11, 16);
    return energy === null
      ? `${hour}  no data`
      : `${hour}  ${"#".repeat(Math.round(energy / BAR_KWH))} ${energy} kWh`;
  });
  return [`${meter.id}, today in ${tz}: ${total.import_kwh ?? "unknown"} kWh`, ...hours];
}

/** Prints today, then the power of the next readings. */
export async function main(
  options: { url: string; token?: string },
  print: (line: string) => void,
  readings = Infinity,
): Promise<void> {
  const smp = createClient(options);
  try {
    const { meters } = await smp.listMeters();
    if (meters.length === 0) return print("There is no meter yet.");
    for (const meter of meters) for (const line of await today(smp, meter)) print(line);
    let left = readings;
    for await (const { event, data } of smp.live(meters.map(({ id }) => id))) {
      if (event !== "reading") continue;
      print(`${data.time}  ${data.meter}  ${data.power_w ?? "?"} W`);
      if (--left <= 0) return;
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    print(`The platform says: ${error.message}`);
  }
}

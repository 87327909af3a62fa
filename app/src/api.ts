import type { EnergySeries, Latest, MeterList, ReadingPage } from "@smp/schemas/api";
import { dateIn } from "./format.ts";
import { HISTORY_MS, type PowerPoint } from "./history.ts";
import { getJson } from "./http.ts";
import type { Now, Today } from "./model.ts";

export interface MeterEntry {
  id: string;
  /** The device that speaks for the meter; and the meter's own number, where there is one. */
  name: string;
  number: string;
  tz: string;
  /** Time of its newest reading, Unix ms UTC. */
  lastMs: number;
}

/** More pages of the last hour than this are left out: a phone need not draw more points. */
const PAGES_MAX = 4;

export async function loadMeters(): Promise<MeterEntry[]> {
  const { tz, meters } = await getJson<MeterList>("v1/meters");
  return meters.map(({ id, device, last }) => ({
    id,
    name: device,
    number: id.slice(device.length + 1),
    tz,
    lastMs: Date.parse(last),
  }));
}

/** The newest reading, as the API and its live stream tell it. */
export function nowOf(data: unknown): Now {
  const latest = data as Latest;
  return {
    meter: latest.meter,
    t: latest.t,
    powerW: latest.power_w,
    quality: latest.quality,
    registers: Object.entries(latest.registers).map(([code, { value, unit, label }]) => ({
      code,
      value,
      unit: unit ?? "",
      label,
    })),
  };
}

/** The newest reading, and the platform's clock when it answered. */
export async function loadNow(id: string): Promise<{ reading: Now; platformMs: number }> {
  const latest = await getJson<Latest>(`v1/meters/${encodeURIComponent(id)}/latest`);
  return { reading: nowOf(latest), platformMs: latest.t + latest.age_s * 1000 };
}

export async function loadLastHour(id: string, nowMs: number): Promise<PowerPoint[]> {
  const points: PowerPoint[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX; page++) {
    const query = new URLSearchParams({
      from: String(Math.floor(nowMs - HISTORY_MS)),
      to: String(Math.ceil(nowMs + 60_000)),
    });
    if (cursor !== null) query.set("cursor", cursor);
    const answer: ReadingPage = await getJson<ReadingPage>(
      `v1/meters/${encodeURIComponent(id)}/readings?${query}`,
    );
    for (const { t, power_w: powerW } of answer.readings) if (powerW !== null) points.push({ t, powerW });
    cursor = answer.next;
    if (cursor === null) break;
  }
  return points;
}

/** The day so far in the meter's zone, as one bucket. */
export async function loadToday(entry: MeterEntry, nowMs: number): Promise<Today> {
  const query = new URLSearchParams({
    from: dateIn(nowMs, entry.tz),
    to: String(Math.ceil(nowMs)),
    resolution: "1h",
  });
  const { total } = await getJson<EnergySeries>(`v1/meters/${encodeURIComponent(entry.id)}/energy?${query}`);
  return {
    importKwh: total.import_kwh,
    exportKwh: total.export_kwh,
    unallocatedKwh: total.import_unallocated_kwh + total.export_unallocated_kwh,
    coverage: total.coverage,
  };
}

import { DAY_MS, HOUR_MS, type NormalisedReading } from "@smp/schemas";
import type { Store } from "@smp/store";
import { random } from "./random.ts";

/** One household's meter over a stretch of time; the same options give the same readings. */
export interface HouseYear {
  meter: string;
  device?: string;
  fromMs: number;
  /** Exclusive. */
  toMs: number;
  stepMs: number;
  seed: number;
  /** Size of the roof's photovoltaics, kWp; 0: none. */
  pvKwp?: number;
  /** Mean consumption, W. */
  meanW?: number;
  /** Stretches without readings; the counters run on. */
  gaps?: readonly { fromMs: number; toMs: number }[];
  /** At this time the meter is exchanged: its counters begin anew. */
  swapMs?: number;
  /** Counters at the beginning, Wh. */
  importWh?: number;
  exportWh?: number;
}

const BATCH = 5_000;

/** Share of the mean consumption by hour of a central European day. */
const DAY_SHAPE = [
  0.5, 0.45, 0.42, 0.4, 0.42, 0.55, 0.9, 1.2, 1.05, 0.9, 0.9, 1.05, 1.25, 1.05, 0.9, 0.9, 1.05, 1.35, 1.75,
  1.85, 1.65, 1.3, 0.95, 0.65,
];

function sunShare(ms: number): number {
  const yearShare = ((ms / DAY_MS) % 365.25) / 365.25;
  const season = Math.cos(2 * Math.PI * (yearShare - 0.47));
  const hours = 12.2 + 4 * season;
  const hour = (ms % DAY_MS) / HOUR_MS + 1 - 12.2;
  if (Math.abs(hour) >= hours / 2) return 0;
  return Math.cos((Math.PI * hour) / hours) ** 1.3 * (0.62 + 0.3 * season);
}

/** The readings, oldest first: counters in whole Wh, and the power that fits them. */
export function* readingsOf(house: HouseYear): Generator<NormalisedReading> {
  const { meter, stepMs, pvKwp = 0, meanW = 420, gaps = [], swapMs } = house;
  const device = house.device ?? meter;
  const dice = random(house.seed);
  let importWh = house.importWh ?? 12_345_678;
  let exportWh = house.exportWh ?? 2_345_678;
  let cloud = 0.6;
  let swapped = false;
  for (let t = house.fromMs; t < house.toMs; t += stepMs) {
    if (t % DAY_MS < stepMs) cloud = 0.15 + 0.85 * dice();
    const hour = Math.floor((t + HOUR_MS) / HOUR_MS) % 24;
    const season = 1 + 0.35 * Math.cos(2 * Math.PI * (((t / DAY_MS) % 365.25) / 365.25));
    const appliance = dice() < 0.04 ? 1_800 : 0;
    const loadW = meanW * (DAY_SHAPE[hour] ?? 1) * season * (0.75 + 0.5 * dice()) + appliance;
    const pvW = pvKwp * 1000 * sunShare(t) * cloud * (0.85 + 0.3 * dice());
    const powerW = Math.round(loadW - pvW);
    if (swapMs !== undefined && t >= swapMs && !swapped) {
      swapped = true;
      importWh = 12;
      exportWh = 0;
    }
    if (!gaps.some((gap) => t >= gap.fromMs && t < gap.toMs)) {
      const phases = [0.31, 0.42, 0.27].map((share) => Math.round(powerW * share));
      yield {
        meter,
        device,
        t,
        received: t + 120,
        r: {
          "1-0:1.8.0": Math.round(importWh),
          "1-0:2.8.0": Math.round(exportWh),
          "1-0:16.7.0": powerW,
          "1-0:36.7.0": phases[0] ?? 0,
          "1-0:56.7.0": phases[1] ?? 0,
          "1-0:76.7.0": phases[2] ?? 0,
          "1-0:32.7.0": 229 + Math.round(dice() * 30) / 10,
          "1-0:52.7.0": 229 + Math.round(dice() * 30) / 10,
          "1-0:72.7.0": 229 + Math.round(dice() * 30) / 10,
        },
      };
    }
    const energyWh = (Math.abs(powerW) * stepMs) / HOUR_MS;
    if (powerW >= 0) importWh += energyWh;
    else exportWh += energyWh;
  }
}

/** Puts a meter's readings into a store, in batches. */
export async function appendYear(store: Store, house: HouseYear): Promise<void> {
  let batch: NormalisedReading[] = [];
  for (const reading of readingsOf(house)) {
    batch.push(reading);
    if (batch.length < BATCH) continue;
    await store.append(batch);
    batch = [];
  }
  if (batch.length > 0) await store.append(batch);
}

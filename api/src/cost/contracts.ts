import { parseInstant } from "@smp/schemas";
import type { Tariff } from "@smp/schemas/api";

/** A time, and the contract that counts in it for the meter; Unix ms, `to` exclusive. */
export interface ContractTime {
  /** null: none does. */
  tariff: Tariff | null;
  from: number;
  to: number;
}

/**
 * Which contract counts when, for one meter, in order of time and without holes. Contracts begin and end at midnight in the
 * meter's zone. The meter's own contract goes before one that is for all meters.
 */
export function contractTimes(
  tariffs: readonly Tariff[],
  meter: string,
  tz: string,
  range: { from: number; to: number },
): ContractTime[] {
  const candidates = tariffs
    .filter(({ meters }) => meters === null || meters.includes(meter))
    .map((tariff) => ({
      tariff,
      from: midnight(tariff.valid_from, tz),
      to: tariff.valid_to === null ? Infinity : midnight(tariff.valid_to, tz),
    }));
  const bounds = [range.from, range.to, ...candidates.flatMap(({ from, to }) => [from, to])]
    .filter((bound) => bound >= range.from && bound <= range.to)
    .sort((a, b) => a - b);
  const times: ContractTime[] = [];
  for (let index = 1; index < bounds.length; index++) {
    const [from = 0, to = 0] = bounds.slice(index - 1, index + 1);
    if (from === to) continue;
    const inForce = candidates.filter((candidate) => candidate.from <= from && to <= candidate.to);
    const own = inForce.find(({ tariff }) => tariff.meters !== null);
    const tariff = (own ?? inForce[0])?.tariff ?? null;
    const last = times.at(-1);
    if (last?.tariff === tariff) last.to = to;
    else times.push({ tariff, from, to });
  }
  return times;
}

/** A contract's date was checked when it was put. */
const midnight = (date: string, tz: string): number => parseInstant(date, tz) ?? Number.NaN;

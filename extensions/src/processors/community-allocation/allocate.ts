/**
 * The share of a community's generation that each member gets in one quarter hour, to the watt-hour. Source: Austrian energy
 * communities (ElWOG 2010 §16d, §16e; EDA's G.01 consumption, G.02 share, G.03 own coverage): shares are static or dynamic,
 * settled per quarter hour, and capped by the member's own consumption.
 *
 * Nothing is lost or made: what is allotted and what is surplus is exactly what was generated; nobody gets more than it drew.
 */
export interface Community {
  id: string;
  /** static: fixed shares, what a member cannot use goes to the grid. dynamic: shares follow consumption. */
  allocation: "static" | "dynamic";
  members: readonly Member[];
}

export interface Member {
  meter: string;
  /** Static: millionths of the generation; all together at most 1,000,000. */
  shareMillionths: number;
}

/** Energy of one member in the quarter hour, whole Wh. */
export interface Flow {
  meter: string;
  importWh: number;
  exportWh: number;
}

export interface Allocation {
  /** G.01 and G.02 (static; dynamic: as G.03), G.03. */
  consumers: { meter: string; consumptionWh: number; entitledWh: number; allottedWh: number }[];
  producers: { meter: string; generationWh: number; sharedWh: number; surplusWh: number }[];
  generationWh: number;
  allottedWh: number;
  surplusWh: number;
}

const WHOLE = 1_000_000;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export function allocate({ allocation, members }: Community, flows: readonly Flow[]): Allocation {
  const shares = new Map(members.map(({ meter, shareMillionths }) => [meter, shareMillionths]));
  // By id, so that the order of the members changes nothing.
  const sorted = [...flows].sort((a, b) => (a.meter < b.meter ? -1 : 1));
  const generationWh = sum(sorted.map(({ exportWh }) => exportWh));
  const consumption = sorted.map(({ importWh }) => importWh);
  const entitled =
    allocation === "static"
      ? entitlements(
          generationWh,
          sorted.map(({ meter }) => shares.get(meter) ?? 0),
        )
      : apportion(Math.min(generationWh, sum(consumption)), consumption);
  const allotted = entitled.map((wh, index) => Math.min(wh, consumption[index] ?? 0));
  const allottedWh = sum(allotted);
  const shared = apportion(
    allottedWh,
    sorted.map(({ exportWh }) => exportWh),
  );
  return {
    consumers: sorted.map(({ meter, importWh }, index) => ({
      meter,
      consumptionWh: importWh,
      entitledWh: entitled[index] ?? 0,
      allottedWh: allotted[index] ?? 0,
    })),
    producers: sorted.map(({ meter, exportWh }, index) => ({
      meter,
      generationWh: exportWh,
      sharedWh: shared[index] ?? 0,
      surplusWh: exportWh - (shared[index] ?? 0),
    })),
    generationWh,
    allottedWh,
    surplusWh: generationWh - allottedWh,
  };
}

/** Fixed shares of the generation; shares that do not add up to the whole leave the rest to the grid. */
function entitlements(generationWh: number, shares: readonly number[]): number[] {
  const rest = WHOLE - sum(shares);
  return apportion(generationWh, [...shares, Math.max(0, rest)]).slice(0, shares.length);
}

/**
 * Divides a whole number in proportion to weights into whole numbers that add up to it: each gets the whole part of its
 * share, and those with the largest remainders one more (Hare-Niemeyer). Nobody gets more than its weight as long as the
 * total is not more than all weights.
 */
export function apportion(total: number, weights: readonly number[]): number[] {
  const all = BigInt(sum(weights));
  if (all === 0n) return weights.map(() => 0);
  const exact = weights.map((weight) => BigInt(total) * BigInt(weight));
  const parts = exact.map((product) => Number(product / all));
  const left = total - sum(parts);
  const order = exact
    .map((product, index) => ({ index, remainder: product % all }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1));
  for (const { index } of order.slice(0, left)) parts[index] = (parts[index] ?? 0) + 1;
  return parts;
}

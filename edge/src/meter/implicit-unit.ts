import type { Scalers } from "./profile.ts";

export interface ImplicitUnit {
  unit: string;
  scaler: number;
}

const ELECTRICITY = /^1-\d+:(\d+)\.(\d+)\./;
const INSTANTANEOUS = 7;
const ENERGY = 8;

/**
 * Unit of an electricity value from its OBIS code, for lists that state none (IEC 62056-61, table 5: the quantities of
 * group C repeat every 20 for the phases). `undefined` where neither the code nor the profile settles it.
 */
export function implicitUnit(obis: string, scalers: Scalers): ImplicitUnit | undefined {
  const match = ELECTRICITY.exec(obis);
  if (match === null || Number(match[1]) > 80) return undefined;
  const [channel, measured] = [Number(match[1]), Number(match[2])];
  const quantity = channel % 20;
  if (measured === ENERGY) return energyUnit(quantity, scalers.energy);
  if (measured !== INSTANTANEOUS) return undefined;
  if (quantity === 12) return withScaler("V", scalers.voltage);
  if (quantity === 11) return withScaler("A", scalers.current);
  if (channel === 14) return withScaler("Hz", scalers.frequency);
  if (channel === 13) return { unit: "", scaler: -3 };
  const energy = energyUnit(quantity, 0);
  return energy === undefined ? undefined : { unit: energy.unit.slice(0, -1), scaler: 0 };
}

function energyUnit(quantity: number, scaler: number): ImplicitUnit | undefined {
  if ([1, 2, 15, 16].includes(quantity)) return { unit: "Wh", scaler };
  if (quantity >= 3 && quantity <= 8) return { unit: "varh", scaler };
  if (quantity === 9 || quantity === 10) return { unit: "VAh", scaler };
  return undefined;
}

const withScaler = (unit: string, scaler: number | undefined): ImplicitUnit | undefined =>
  scaler === undefined ? undefined : { unit, scaler };

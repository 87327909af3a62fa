import { readdirSync, readFileSync } from "node:fs";

/** A message that the platform accepts, as schemas/vectors/README.md explains it. */
export interface ValidVector {
  name: string;
  cbor: string;
  json: VectorReading | VectorReading[];
}

export interface VectorReading {
  v: number;
  t?: number;
  s?: number;
  m?: string;
  r: Record<string, number>;
  u?: Record<string, string>;
}

/** The valid golden vectors whose bytes an encoder makes; a time as float64 is only taken, never asked for. */
export function encodableVectors(): ValidVector[] {
  const folder = new URL("../../schemas/vectors/valid/", import.meta.url);
  return readdirSync(folder)
    .map((file) => JSON.parse(readFileSync(new URL(file, folder), "utf8")) as ValidVector)
    .filter(({ name, cbor }) => cbor !== undefined && !name.endsWith("-as-float64"));
}

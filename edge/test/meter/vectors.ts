import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A capture with what it means, worked out independently of this code (see the fixture's `cross_check`). */
export interface Vector {
  id: string;
  transport: "mbus" | "hdlc" | "dlms-apdu" | "dsmr" | "sml";
  meter: string;
  key_hex?: string;
  auth_key_hex?: string;
  frames_hex?: string;
  text?: string;
  framing_only?: boolean;
  tags: string[];
  expected?: Expected | Expected[];
}

export interface Expected {
  timestamp?: string | null;
  timestamp_utc?: string;
  system_title?: string;
  frame_counter?: number;
  security_control?: string;
  apdu_length?: number;
  declared_length?: number;
  segments?: number;
  obis?: Record<string, { value: number | string | string[]; unit: string | null; at?: string }>;
  untagged?: (string | { time: string })[];
}

const FOLDER = fileURLToPath(new URL("../fixtures/telegrams/", import.meta.url));

export const VECTORS: readonly Vector[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json"))
  .map((name) => JSON.parse(readFileSync(`${FOLDER}${name}`, "utf8")) as Vector);

export const bytesOf = (vector: Vector): Buffer =>
  vector.text === undefined
    ? Buffer.from(vector.frames_hex ?? "", "hex")
    : Buffer.from(vector.text, "latin1");

export const expectedOf = (vector: Vector): readonly Expected[] =>
  vector.expected === undefined ? [] : Array.isArray(vector.expected) ? vector.expected : [vector.expected];

export const keysOf = (vector: Vector): { key?: Buffer; authKey?: Buffer } => ({
  ...(vector.key_hex === undefined ? {} : { key: Buffer.from(vector.key_hex, "hex") }),
  ...(vector.auth_key_hex === undefined ? {} : { authKey: Buffer.from(vector.auth_key_hex, "hex") }),
});

export const protocolOf = ({ transport }: Vector): "mbus" | "hdlc" | "dlms" | "dsmr" | "sml" =>
  transport === "dlms-apdu" ? "dlms" : transport;

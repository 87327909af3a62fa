type Json = Record<string, unknown>;

export interface Contracts {
  openapi: Json;
  asyncapi: Json;
  registers: readonly { code: string; name: string; unit: string; kind: string }[];
  /** Versions of the extensions' interfaces, by kind. */
  interfaces: Readonly<Record<string, readonly number[]>>;
}

/** What the contracts promise, one sorted line each. */
export function contractPromises(contracts: Contracts): string[];
/** The golden vectors in a folder, by the hash of what they say. */
export function vectorPromises(folder: URL): Promise<string[]>;
/** What of a release no longer holds, and what has become required since: each as a sentence. */
export function brokenPromises(released: readonly string[], now: readonly string[], openapi: Json): string[];

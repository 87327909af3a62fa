/**
 * What an extension says of itself, before any of its code runs: field `smp` of its `package.json`, or an entry of the
 * table of those that the platform ships.
 *
 * @example
 * { "name": "smp-acme", "version": "1.0.0", "type": "module", "exports": "./index.js",
 *   "smp": { "name": "acme", "kind": "input", "interface": 1 } }
 */
export interface Manifest {
  /** `a-z 0-9 -`, 2 to 32: part of addresses (`/x/{name}`), of setting names and of virtual meter ids (`x-{name}`). */
  name: string;
  kind: ExtensionKind;
  version: string;
  /** Version of the interface that it is written for. The platform runs those of `INTERFACE_VERSIONS`. */
  interface: number;
  description?: string;
  rights?: Rights;
  /** Settings by name; the operator gives the value of `max-w` of the extension `acme` in `SMP_X_ACME_MAX_W`. */
  settings?: Readonly<Record<string, Setting>>;
}

export type ExtensionKind = "input" | "processor" | "output";

/** What an extension may do; what it does not name, it cannot do. Shown to the operator, and enforced. */
export interface Rights {
  /** The finest detail that it may ask of the store; absent: it may not ask at all. Of an output the caller's rights count, too. */
  read?: Detail;
  /** A processor may emit readings of virtual meters `x-{name}.{m}`. */
  emit?: boolean;
  /** A processor may emit events. */
  events?: boolean;
  /** It may open connections. Without it the Node process refuses sockets, name look-ups and fetch. */
  network?: boolean;
}

/** Finest first; each includes all that come after it. */
export type Detail = "raw" | "15m" | "1h" | "day" | "month";

export interface Setting {
  description: string;
  required?: boolean;
  /** The value is the path of a file (at most 4 MiB), and the extension gets the file's text. */
  file?: boolean;
}

/** Versions of each interface that this platform runs. A change that could break an extension raises the number. */
export const INTERFACE_VERSIONS: Readonly<Record<ExtensionKind, readonly number[]>> = {
  input: [1],
  processor: [1],
  output: [1],
};

/** Values of the settings, by the names in the manifest. */
export type Settings = Readonly<Record<string, string>>;

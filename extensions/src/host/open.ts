import { PlatformError, type DecodeForeign, type NormalisedReading } from "@smp/schemas";
import { pino, type Logger } from "pino";
import type { Detail, ExtensionKind, Manifest } from "../contract/manifest.ts";
import { inputRules, metersOf, settingsOf, type ExtensionsConfig } from "./config.ts";
import { inputDecoder } from "./inputs.ts";
import { LIMITS, type Limits } from "./limits.ts";
import { extensionMetrics } from "./metrics.ts";
import { answerRequest } from "./outputs.ts";
import { findExtension, type ExtensionPackage } from "./package.ts";
import { processing, type EventStore } from "./processor.ts";
import { shippedExtensions } from "./shipped.ts";
import type { ReadableStore, Sight } from "./store-view.ts";
import { Supervisor, type SupervisorState } from "./supervisor.ts";

/** One extension, as `GET /v1/extensions` tells of it. */
export interface ExtensionStatus extends SupervisorState {
  manifest: Manifest;
  shipped: boolean;
  /** Confined to these meters by the operator. */
  meters: readonly string[] | null;
}

/** A processor and the way for readings through it. */
export interface OpenProcessor {
  name: string;
  process: (readings: readonly NormalisedReading[]) => Promise<void>;
}

export interface ProcessorStores {
  store: EventStore;
  append: (readings: readonly NormalisedReading[]) => Promise<void>;
  /** Readings come from a log that the store follows. */
  storeFollows?: boolean;
}

export interface Extensions {
  decodeForeign: DecodeForeign;
  processors(stores: ProcessorStores): OpenProcessor[];
  /** `undefined`: there is no such output. Fails with an `ExtensionFailure`. */
  answer(
    name: string,
    request: { request: Request; path: string; store: ReadableStore; sight: Sight },
  ): Promise<Response> | undefined;
  list(): ExtensionStatus[];
  metrics(): Promise<string>;
  /** Ends every extension's process. */
  close(): Promise<void>;
}

export interface OpenOptions {
  logger?: Logger;
  /** The input that a device's registry entry names; the rules of `SMP_INPUTS` stand above it. */
  inputOf?: (device: string) => string | undefined;
  /** Tests make the limits small. */
  limits?: Partial<Record<ExtensionKind, Partial<Limits>>>;
}

/**
 * Finds and checks the shipped extensions and those of the configuration. No process starts before it is needed. Faults of
 * names, manifests and settings are thrown, so that the operator hears of them at the start.
 */
export async function openExtensions(
  config: ExtensionsConfig,
  { logger = pino({ level: "silent" }), inputOf, limits = {} }: OpenOptions = {},
): Promise<Extensions> {
  const metrics = extensionMetrics();
  const closing = new AbortController();
  const supervisors: Supervisor[] = [];
  for (const extension of await wanted(config)) {
    const { manifest } = extension;
    if (supervisors.some(({ name }) => name === manifest.name))
      throw new PlatformError("config", `SMP_EXTENSIONS has two extensions with the name ${manifest.name}`);
    // What a shipped output lacks shows when it is asked; what somebody chose to run must be complete.
    if (!extension.shipped || manifest.kind === "processor") await settingsOf(manifest, config.environment);
    supervisors.push(
      new Supervisor({
        extension,
        limits: { ...LIMITS[manifest.kind], ...limits[manifest.kind] },
        settings: () => settingsOf(manifest, config.environment),
        timeZone: config.timeZone,
        logger,
        metrics,
      }),
    );
  }
  const of = (kind: ExtensionKind): Supervisor[] =>
    supervisors.filter(({ extension }) => extension.manifest.kind === kind);
  const inputs = new Map(of("input").map((supervisor) => [supervisor.name, supervisor]));
  const ruled = inputRules(config.inputs);
  checkRules(config, inputs);
  const meters = new Map(supervisors.map(({ name }) => [name, metersOf(name, config.environment)]));
  const sightOf = (name: string, sight?: Sight): Sight => ({
    canRead: (meter: string, detail: Detail) =>
      (meters.get(name)?.has(meter) ?? true) && (sight?.canRead(meter, detail) ?? true),
    ...(sight?.zoneOf && { zoneOf: (meter: string) => sight.zoneOf?.(meter) ?? config.timeZone }),
  });
  return {
    decodeForeign: inputDecoder(inputs, (device) => ruled(device) ?? inputOf?.(device)),
    processors: ({ store, append, storeFollows = false }) =>
      of("processor").map((supervisor) => ({
        name: supervisor.name,
        process: processing({
          supervisor,
          store,
          append,
          sight: sightOf(supervisor.name),
          metrics,
          logger,
          closing: closing.signal,
          storeFollows,
        }),
      })),
    answer(name, { request, path, store, sight }) {
      const supervisor = of("output").find((output) => output.name === name);
      return supervisor && answerRequest(request, path, { supervisor, store, sight: sightOf(name, sight) });
    },
    list: () =>
      supervisors.map(({ name, extension: { manifest, shipped }, state }) => {
        const confined = meters.get(name);
        return { manifest, shipped, meters: confined ? [...confined] : null, ...state };
      }),
    metrics: () => metrics.registry.metrics(),
    async close() {
      closing.abort();
      await Promise.all(supervisors.map((supervisor) => supervisor.close()));
    },
  };
}

/** Shipped inputs and outputs are always there, for their processes start only when needed; processors are chosen. */
async function wanted({ extensions, workingFolder }: ExtensionsConfig): Promise<ExtensionPackage[]> {
  const shipped = shippedExtensions();
  const chosen = await Promise.all(
    extensions.map(
      async (name) =>
        shipped.find(({ manifest }) => manifest.name === name) ?? (await findExtension(name, workingFolder)),
    ),
  );
  return [...new Set([...shipped.filter(({ manifest }) => manifest.kind !== "processor"), ...chosen])];
}

function checkRules({ inputs: rules }: ExtensionsConfig, inputs: ReadonlyMap<string, unknown>): void {
  const unknown = rules.find(({ input }) => !inputs.has(input));
  if (unknown)
    throw new PlatformError(
      "config",
      `SMP_INPUTS names the input "${unknown.input}", but there are ${[...inputs.keys()].join(", ")}; SMP_EXTENSIONS adds others`,
    );
}

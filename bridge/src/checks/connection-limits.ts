import type { Store } from "@smp/store";
import type { Logger } from "pino";

/** More than the limit passes for a while before a fuse ends it; beyond this it cannot be. */
export const CONNECTION_FACTOR = 1.5;
/** What an unknown meter's connection is held to allow: a large building's. */
export const CONNECTION_LIMIT_W = 100_000;
const REFRESH_MS = 60_000;

/**
 * How much power meters' connections allow: `connectionLimitW` of the meter's document, else of its device's, else the
 * platform's own.
 */
export class ConnectionLimits {
  readonly #defaultW: number;
  #configured: ReadonlyMap<string, number> = new Map();

  constructor(defaultW: number = CONNECTION_LIMIT_W) {
    this.#defaultW = defaultW;
  }

  /** Takes the limits of documents of kind `meter` in place of those known so far. */
  replace(documents: readonly { id: string; value: unknown }[]): void {
    this.#configured = new Map(
      documents.flatMap(({ id, value }) => {
        const { connectionLimitW } = (value ?? {}) as { connectionLimitW?: unknown };
        return typeof connectionLimitW === "number" && connectionLimitW > 0 ? [[id, connectionLimitW]] : [];
      }),
    );
  }

  /** The limit that somebody set for the meter. */
  configured(meter: string, device: string): number | undefined {
    if (this.#configured.size === 0) return undefined;
    return this.#configured.get(meter) ?? this.#configured.get(device);
  }

  of(meter: string, device: string): number {
    return this.configured(meter, device) ?? this.#defaultW;
  }
}

/** Keeps limits as the store's documents say them, within a minute. */
export async function followConnectionLimits(
  store: Pick<Store, "documents">,
  limits: ConnectionLimits,
  logger: Logger,
): Promise<{ close(): Promise<void> }> {
  const refresh = async (): Promise<void> => limits.replace(await store.documents("meter"));
  await refresh();
  let underWay: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    underWay = refresh().catch((error: unknown) =>
      logger.warn({ err: error }, "the meters' connection limits could not be read: those known so far hold"),
    );
  }, REFRESH_MS).unref();
  return {
    async close() {
      clearInterval(timer);
      await underWay;
    },
  };
}

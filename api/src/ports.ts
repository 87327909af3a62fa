import type { HttpBindings } from "@hono/node-server";
import type { Check, Ingest } from "@smp/schemas";
import type { Extension } from "@smp/schemas/api";
import type { Store } from "@smp/store";
import type { Context, Hono } from "hono";
import type { Logger } from "pino";
import type { Caller, Fineness } from "./access/caller.ts";

/** The part of the store that an output may look at, under the caller's rights. */
export type ReadableStore = Pick<Store, "meters" | "latest" | "series" | "gaps" | "raw">;

/** What a caller may see, and in which zone's buckets. */
export interface Sight {
  canRead(meter: string, fineness: Fineness): boolean;
  /** The only zone of buckets for a meter of which the caller may not read quarter hours. */
  zoneOf(meter: string): string;
}

/** One extension, as its host tells of it. */
export interface ExtensionStatus {
  manifest: Pick<Extension, "name" | "kind" | "version" | "interface" | "description"> & {
    rights?: Extension["rights"];
  };
  shipped: boolean;
  meters: readonly string[] | null;
  state: Extension["state"];
  calls: number;
  failures: number;
  cuts: number;
  lastFailure?: { t: number; reason: string; detail: string };
}

/** The extensions that run beside the application. */
export interface ExtensionsPort {
  list(): readonly ExtensionStatus[];
  /**
   * An output's answer; `undefined`: there is none of that name. Fails with a `PlatformError` whose code begins with
   * `extension-`, within the output's time limit, whatever the output does.
   */
  answer(
    name: string,
    request: { request: Request; path: string; store: ReadableStore; sight: Sight },
  ): Promise<Response> | undefined;
}

/** What the application needs from outside. */
export interface ApiPorts {
  store: Store;
  /** Whether other processes may serve the API from the same store. */
  sharedStore?: boolean;
  logger: Logger;
  extensions?: ExtensionsPort;
  /** Takes readings that come over HTTP; absent where this process cannot write the log. */
  ingest?: Pick<Ingest, "take">;
  /** Ends the platform's own simulated meter. */
  endSimulated?: () => Promise<void>;
  /**
   * Takes a deleted meter's retained message off the live mirrors of MQTT; fails when no broker could be told. What was `received` up to
   * then is deleted, Unix ms.
   */
  forgetLive?: (meter: string, received: number) => Promise<"done" | "told">;
  /** Shown by /readyz beside the store's own health. */
  checks?: Readonly<Record<string, Check>>;
  /** Further texts in Prometheus' format for /metrics. */
  metrics?: readonly (() => Promise<string>)[];
  /** Ends live streams when it aborts. */
  closing?: AbortSignal;
  /** When a device's certificate ends, Unix ms; null when the process does not know. */
  certificateExpires?: (device: string) => number | null;
  /** Unix ms; tests set the clock. */
  now?: () => number;
}

/**
 * Empty bindings: the application was called without a socket, as tests do. `caller`: code of this process that asks in its own
 * right; nothing that comes over the network can set it.
 */
export type AppEnv = {
  Bindings: Partial<HttpBindings> & { caller?: Caller };
  /** `storeMs`: how long the store was at work for this request. */
  Variables: { requestId: string; caller: Caller; storeMs?: number };
};
export type App = Hono<AppEnv>;
export type AppContext = Context<AppEnv>;

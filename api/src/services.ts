import type { Store } from "@smp/store";
import type { Access } from "./access/access.ts";
import type { ApiConfig } from "./config.ts";
import type { PublishedDays } from "./groups/published-days.ts";
import type { LiveHub } from "./live/hub.ts";
import type { MeterDirectory } from "./meters/directory.ts";
import type { ApiPorts, AppContext } from "./ports.ts";
import type { PriceWriter } from "./prices/writer.ts";
import type { Turns } from "./turns.ts";

/** What the routes share. */
export interface Services {
  config: ApiConfig;
  ports: ApiPorts;
  now: () => number;
  /** Runs a query within the store's limits and adds its time to Server-Timing. */
  query<T>(c: AppContext, ask: (store: Store) => Promise<T>): Promise<T>;
  /** Runs a query within the store's limits, whose times `patience` multiplies. */
  run: <T>(ask: (store: Store) => Promise<T>, patience?: number) => Promise<T>;
  /** How many queries run and wait. */
  queries: () => { running: number; waiting: number };
  access: Access;
  turns: Turns;
  meters: MeterDirectory;
  published: PublishedDays;
  prices: PriceWriter;
  live: LiveHub;
}

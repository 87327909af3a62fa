import { DAY_MS } from "@smp/schemas";
import type { Store } from "@smp/store";
import { afterAll, beforeAll } from "vitest";
import { startApi, type RunningApi } from "../src/start.ts";
import { configOf, MIDNIGHT, NOW, silent } from "./fixture.ts";
import { fill, propertyRun } from "./property-run.ts";

/** What other processes wrote to the store, as the tests do, counts after so long. */
const FRESH_MS = 5_000;

/** The property run over HTTP and over a real store, which holds five days of a meter; `close` takes the store away. */
export function fuzzStore(
  open: () => Promise<{ store: Store; close: () => Promise<void> }>,
  { runs, sharedStore }: { runs: number; sharedStore: boolean },
): void {
  let opened: Awaited<ReturnType<typeof open>>;
  let api: RunningApi;
  let now = NOW;
  const restore = async (): Promise<void> => {
    now += FRESH_MS;
    await fill(opened.store, { from: MIDNIGHT - 5 * DAY_MS, now });
  };
  beforeAll(async () => {
    opened = await open();
    await restore();
    api = await startApi(configOf({ requestsPerMinute: 0, listenersPerAddressMax: 100 }), {
      store: opened.store,
      logger: silent,
      now: () => now,
      ingest: { take: () => Promise.resolve({ accepted: [], rejected: [] }) },
      sharedStore,
    });
  });
  afterAll(async () => {
    await api.close();
    await opened.close();
  });
  propertyRun(() => ({ request: (address, init) => fetch(api.url + address, init), restore }), runs);
}

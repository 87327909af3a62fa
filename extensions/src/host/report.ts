import type { Store } from "@smp/store";
import type { Logger } from "pino";
import type { Extensions } from "./open.ts";

const REPORT_KIND = "extension-state";
const LOOK_MS = 10_000;
/** Without a change it is told again so often: whoever reads it takes an older one for that of a dead process. */
const AGAIN_MS = 600_000;

export interface ReportPorts {
  extensions: Pick<Extensions, "list">;
  store: Pick<Store, "putDocument">;
  logger: Logger;
}

/**
 * Tells the API how the processors of this process are, for they run in a process of their own: a document
 * `extension-state` for each, written when its state, failures or cuts change, and every ten minutes. close() tells the end.
 */
export function reportProcessors({ extensions, store, logger }: ReportPorts): { close(): Promise<void> } {
  const told = new Map<string, { what: string; at: number }>();
  const report = async (closed = false): Promise<void> => {
    for (const status of extensions.list()) {
      const { manifest, failures, cuts } = status;
      if (manifest.kind !== "processor") continue;
      const state = closed ? "closed" : status.state;
      const what = JSON.stringify([state, failures, cuts]);
      const before = told.get(manifest.name);
      const at = Date.now();
      if (before?.what === what && at - before.at < AGAIN_MS) continue;
      await store.putDocument({ kind: REPORT_KIND, id: manifest.name, value: { ...status, state }, t: at });
      told.set(manifest.name, { what, at });
    }
  };
  let reporting: Promise<void> = Promise.resolve();
  const safely = (closed?: boolean): void => {
    reporting = reporting
      .then(() => report(closed))
      .catch((error: unknown) => logger.warn({ err: error }, "the processors' state could not be told"));
  };
  safely();
  const timer = setInterval(safely, LOOK_MS);
  timer.unref();
  return {
    async close() {
      clearInterval(timer);
      safely(true);
      await reporting;
    },
  };
}

import type { Store } from "@smp/store";
import { statusWriter } from "./device-status.ts";
import type { LogBatch } from "../log.ts";

/** What the bridge needs of a store. */
export type WritableStore = Pick<Store, "append" | "reject" | "putDocument" | "health">;

/** Writes batches of the log to a store. A batch may come again: readings and documents are then simply the same. */
export function storeWriter(store: WritableStore): (batch: LogBatch) => Promise<void> {
  const writeStatuses = statusWriter(store);
  return async ({ readings, rejected, statuses }) => {
    if (readings.length > 0) await store.append(readings);
    if (statuses.length > 0) await writeStatuses(statuses);
    // Last, because a repeated write would keep these twice.
    if (rejected.length > 0) await store.reject(rejected);
  };
}

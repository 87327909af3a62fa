import type { Store } from "@smp/store";
import { statusWriter } from "../device-status.ts";
import type { Log } from "../log.ts";

/**
 * The log of the embedded platform: the store itself. `append` resolves when the store has committed, so a PUBACK means
 * the same as with Kafka, and there is nothing left to load.
 */
export function directLog(store: Pick<Store, "append" | "reject" | "putDocument" | "health">): Log {
  const writeStatuses = statusWriter(store);
  let end: () => void;
  const closed = new Promise<void>((resolve) => {
    end = resolve;
  });
  return {
    async append({ readings, rejected, statuses }) {
      if (readings.length > 0) await store.append(readings);
      if (statuses.length > 0) await writeStatuses(statuses);
      // Last, because a repeated append would keep these twice.
      if (rejected.length > 0) await store.reject(rejected);
    },
    consume: () => closed,
    health: async () => {
      const { ok, detail } = await store.health();
      return detail === undefined ? { ok } : { ok, detail };
    },
    async close() {
      end();
    },
  };
}

import type { Log } from "../log.ts";
import { storeWriter, type WritableStore } from "../load/store-writer.ts";

/**
 * The log of the embedded platform: the store itself. `append` resolves when the store has committed, so a PUBACK means
 * the same as with Kafka, and there is nothing left to load.
 */
export function directLog(store: WritableStore): Log {
  let end: () => void;
  const closed = new Promise<void>((resolve) => {
    end = resolve;
  });
  return {
    append: storeWriter(store),
    consume: () => closed,
    async health() {
      const { ok, detail } = await store.health();
      return detail === undefined ? { ok } : { ok, detail };
    },
    async close() {
      end();
    },
  };
}

import type { NormalisedReading, RejectedMessage } from "@smp/schemas";
import type { RegistryDocument } from "@smp/store";
import type { WritableStore } from "../src/load/store-writer.ts";

/** A store in memory that can be told to fail. */
export interface FakeStore extends WritableStore {
  readings: NormalisedReading[];
  rejections: RejectedMessage[];
  puts: RegistryDocument[];
  appends: number;
  failing: Error | undefined;
}

export function fakeStore(): FakeStore {
  const take = <T>(target: T[], items: readonly T[]): Promise<void> => {
    if (store.failing) return Promise.reject(store.failing);
    target.push(...items);
    return Promise.resolve();
  };
  const store: FakeStore = {
    readings: [],
    rejections: [],
    puts: [],
    appends: 0,
    failing: undefined,
    append(readings) {
      store.appends++;
      return take(store.readings, readings);
    },
    reject: (messages) => take(store.rejections, messages),
    putDocument: (...documents) => take(store.puts, documents),
    health: () =>
      Promise.resolve(
        store.failing ? { ok: false, detail: store.failing.message, lagMs: 0 } : { ok: true, lagMs: 0 },
      ),
  };
  return store;
}

import type { Arrivals, DeviceStatus } from "@smp/bridge";
import type { Store } from "@smp/store";

/** Meters that were deleted, and when the last of what is gone was received. */
export const deletionsOf = (statuses: readonly DeviceStatus[]): { meter: string; received: number }[] =>
  statuses.flatMap(({ kind, value, received }) =>
    kind === "deleted" && typeof value === "string" ? [{ meter: value, received }] : [],
  );

/**
 * Resolves when the deletions before this start are known. The store is asked by the first who takes readings, and until it has answered:
 * it may come later than this process.
 */
export function knownDeletions(store: Pick<Store, "deleted">, arrivals: Arrivals): () => Promise<void> {
  let known: Promise<void> | undefined;
  async function ask(): Promise<void> {
    for (const { meter, before } of await store.deleted()) arrivals.deleted(meter, before);
  }
  return () =>
    (known ??= ask().catch((error: unknown) => {
      known = undefined;
      throw error;
    }));
}

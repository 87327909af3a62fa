import type { Store } from "@smp/store";
import type { DeviceStatus } from "../log.ts";

/** More devices than this are not remembered, and cost a write each time. */
const REMEMBERED_MAX = 100_000;

/**
 * Keeps what devices say of themselves as documents `device-status` and `device-info`, one per device. Of several in a
 * batch the last counts, and what the store already holds is not written again: after a restart thousands of devices
 * come back with the same words. All of a batch are written at once, for readings wait behind them.
 */
export function statusWriter(
  store: Pick<Store, "putDocument">,
  rememberedMax: number = REMEMBERED_MAX,
): (statuses: readonly DeviceStatus[]) => Promise<void> {
  const written = new Map<string, string>();
  return async (statuses) => {
    // Deletions are done in the store when they are told, and are no documents.
    const kept = statuses.filter(({ kind }) => kind !== "deleted");
    const newest = new Map(kept.map((status) => [`${status.kind} ${status.device}`, status]));
    const changed = [...newest]
      .map(([key, status]) => ({ key, status, text: JSON.stringify(status.value) }))
      .filter(({ key, text }) => written.get(key) !== text);
    if (changed.length === 0) return;
    for (const { key } of changed) written.delete(key);
    await store.putDocument(
      ...changed.map(({ status: { kind, device, value, received } }) => ({
        kind: `device-${kind}`,
        id: device,
        value,
        t: received,
      })),
    );
    for (const { key, text } of changed) if (written.size < rememberedMax) written.set(key, text);
  };
}

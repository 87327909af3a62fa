import type { StoreInside } from "./kept.ts";
import type { Store } from "../store.ts";

/** The newest rejected messages that are copied. */
const REJECTED_MAX = 1_000_000;

/** Deletions first, so that no deleted reading gets in of which a process has not let go yet. */
async function copyLogs(from: StoreInside, to: Store): Promise<void> {
  const { deleted, documents } = await from.logs();
  for (const { meter, before } of deleted) await to.deleteMeter(meter, { before });
  for (const document of documents) await to.putDocument(document);
  await to.reject((await from.rejected({ limit: REJECTED_MAX })).toReversed());
}

/**
 * Copies all that a store has into an empty one. The other may go on working: what it lets go of meanwhile is taken from what
 * it keeps, which is asked last.
 */
export async function copyStore(from: StoreInside, to: StoreInside): Promise<void> {
  await copyLogs(from, to);
  for (const { meter } of await from.meters())
    for await (const page of from.raw({ meter, from: 0, to: Number.MAX_SAFE_INTEGER })) await to.append(page);
  const kept = await from.kept();
  if (kept) await to.keep(kept);
}

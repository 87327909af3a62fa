import type { Tariff } from "@smp/schemas/api";
import { freeId, leftBehind, predecessorOf } from "./draft.ts";

/** Stores all of them, or none. */
type Put = (tariffs: readonly Tariff[]) => Promise<unknown>;

/**
 * Saves, and ends the contract before it where that has no end; meters that only that one was for keep it under another id.
 * It is one request: one that is refused, or that the network loses, leaves everything as it was.
 */
export async function save(draft: Tariff, all: readonly Tariff[], put: Put): Promise<void> {
  const free = ({ name }: Tariff, own: readonly Tariff[] = []): string =>
    freeId(
      name,
      draft.valid_from,
      [...all, ...own].map(({ id }) => id),
    );
  try {
    await put(changesOf(draft, all, free));
  } catch (error) {
    // An id may be taken by a contract that this token does not see: the platform says only that it is not to be had.
    if ((error as { kind?: unknown }).kind !== "not-found") throw error;
    const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
    await put(changesOf(draft, all, (tariff, own) => `${free(tariff, own)}-${random.toString(36)}`));
  }
}

function changesOf(
  draft: Tariff,
  all: readonly Tariff[],
  newId: (tariff: Tariff, own?: readonly Tariff[]) => string,
): Tariff[] {
  const saved = draft.id === "" ? { ...draft, id: newId(draft) } : draft;
  const before = predecessorOf(draft, all);
  if (!before) return [saved];
  const changes = [{ ...before, valid_to: draft.valid_from }, saved];
  const meters = leftBehind(before, draft);
  if (meters.length === 0) return changes;
  return [...changes, { ...before, id: newId(before, changes), meters, valid_from: draft.valid_from }];
}

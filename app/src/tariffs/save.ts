import type { Tariff } from "@smp/schemas/api";
import { freeId, leftBehind, predecessorOf } from "./draft.ts";

type Put = (tariff: Tariff) => Promise<unknown>;

/**
 * Saves, and ends the contract before it where that has no end; meters that only that one was for keep it under another id.
 * One that is refused leaves everything as it was.
 */
export async function save(draft: Tariff, all: readonly Tariff[], put: Put): Promise<void> {
  const before = predecessorOf(draft, all);
  if (before) await put({ ...before, valid_to: draft.valid_from });
  let saved: Tariff;
  try {
    saved = await (draft.id === "" ? putNew(draft, all, put) : put(draft).then(() => draft));
  } catch (error) {
    if (before) await put(before);
    throw error;
  }
  const meters = before ? leftBehind(before, draft) : [];
  if (before && meters.length > 0)
    await putNew({ ...before, meters, valid_from: draft.valid_from }, [...all, saved], put);
}

/** An id may be taken by a contract that this token does not see: the platform says only that it is not to be had. */
async function putNew(draft: Tariff, all: readonly Tariff[], put: Put): Promise<Tariff> {
  const id = freeId(
    draft.name,
    draft.valid_from,
    all.map((known) => known.id),
  );
  try {
    await put({ ...draft, id });
    return { ...draft, id };
  } catch (error) {
    if ((error as { kind?: unknown }).kind !== "not-found") throw error;
    const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
    const saved = { ...draft, id: `${id}-${random.toString(36)}` };
    await put(saved);
    return saved;
  }
}

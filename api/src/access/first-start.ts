import { mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Store } from "@smp/store";
import { METER_KIND, type MeterRecord } from "./meter-settings.ts";
import { hashOf, makeToken, TOKEN_KIND, tokenDocument, tokenRecord } from "./token.ts";

/**
 * Makes the platform's first token, of the scope `admin`, when there is none yet, and writes it to a file that only this user may
 * read. Returns the secret in the file while it is valid, else undefined.
 */
export async function ensureAdminToken(store: Store, file: string, now: number): Promise<string | undefined> {
  const documents = await store.documents(TOKEN_KIND);
  const secret = await secretIn(file);
  if (documents.length > 0) {
    const found = documents.map(tokenRecord).find(({ hash }) => hash === hashOf(secret));
    return found && found.expires > now ? secret : undefined;
  }
  const made = makeToken({ name: "admin", scopes: ["admin"] }, now);
  // The file first: a token whose secret nobody has could not be made good, one that the store does not know does no harm.
  await writePrivate(file, `${made.secret}\n`);
  await store.putDocument(tokenDocument(made.record));
  return made.secret;
}

type Documents = Pick<Store, "documents" | "putDocument">;

/** What the platform knew of its simulated device; nothing, too, if it was killed before `pastIsWhole`. */
export type SimulatedBefore = "nothing" | "known" | "deleted";

/** A document of this kind says that the device's past is not whole. */
const UNFINISHED_KIND = "simulated-unfinished";

/**
 * Tells the platform about a device with no person behind it, once: its meters are public. One that was deleted stays away until it
 * is wanted `again`.
 */
export async function registerSimulated(
  store: Documents,
  device: string,
  { now, again }: { now: number; again: boolean },
): Promise<SimulatedBefore> {
  const document = (await store.documents(METER_KIND)).find(({ id }) => id === device);
  const ended = (document?.value as MeterRecord | undefined)?.ended ?? false;
  if (ended && !again) return "deleted";
  if (document && !ended) {
    const isUnfinished = (await store.documents(UNFINISHED_KIND)).some(({ id }) => id === device);
    return isUnfinished ? "nothing" : "known";
  }
  const value: MeterRecord = { visibility: "open", simulated: true };
  await store.putDocument(
    { kind: METER_KIND, id: device, value, t: now },
    { kind: UNFINISHED_KIND, id: device, value: true, t: now },
  );
  return "nothing";
}

/** What the simulated device counted before its first start need not be made again. */
export const pastIsWhole = (store: Documents, device: string, now: number): Promise<void> =>
  store.putDocument({ kind: UNFINISHED_KIND, id: device, value: null, t: now });

async function secretIn(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

async function writePrivate(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, "w", 0o600);
  try {
    await handle.chmod(0o600);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

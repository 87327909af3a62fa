import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { DAY_MS, PlatformError } from "@smp/schemas";
import { appendLines } from "../folder/append.ts";
import { checkedDays, checkName } from "../leaf/issue.ts";
import { SUPERSEDED } from "../leaf/leaf.ts";
import { withLock } from "../folder/lock.ts";
import { pkiPaths } from "../folder/paths.ts";
import { readRegistry, stateOf, unrevokedOf, type RegisteredCertificate } from "../folder/registry.ts";

/** One line of `invitations.jsonl`. The code itself is nowhere: only whoever was given it knows it. */
export interface InvitationEvent {
  readonly event: "invited" | "used" | "withdrawn";
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly id: string;
  readonly codeSha256: string;
  /** Of an invitation: until when. */
  readonly expires?: string;
  /** Of an invitation: how long the certificate lives; absent: as long as the server says. */
  readonly days?: number;
}

export interface Invitation {
  readonly id: string;
  readonly codeSha256: string;
  readonly invitedAt: string;
  readonly expires: string;
  readonly days?: number;
  readonly state: "open" | "used" | "withdrawn";
}

export interface InviteOptions {
  /** The PKI folder. */
  readonly dir: string;
  readonly id: string;
  readonly ttlMs: number;
  readonly days?: number;
  /** Invite though the name has a certificate that counts, which the new one replaces, or one that was revoked. */
  readonly force?: boolean;
  readonly now?: Date;
}

const TTL_MS_MAX = 30 * DAY_MS;
/** Crockford's: no letter that is taken for a digit, or for another letter. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const CODE_LETTERS = 28;

/** Makes a single-use code with which a device gets its first certificate; an open one of the same name is withdrawn. */
export async function invite(options: InviteOptions): Promise<{ code: string; invitation: Invitation }> {
  const { dir, id, ttlMs, days, force = false, now = new Date() } = options;
  checkName("device", id);
  if (days !== undefined) checkedDays(days);
  if (!(ttlMs > 0 && ttlMs <= TTL_MS_MAX))
    throw new PlatformError("config", "an invitation lives at most 30 days");
  const paths = pkiPaths(dir);
  await readRegistry(paths.registry);
  return withLock(paths.lock, async () => {
    const registered = await readRegistry(paths.registry);
    if (!force) refuseKnown(registered, id, now);
    const code = newCode();
    const at = now.toISOString();
    const invited = {
      id,
      codeSha256: hashOf(code),
      expires: new Date(now.getTime() + ttlMs).toISOString(),
      ...(days === undefined ? {} : { days }),
    };
    const open = (await readInvitations(dir)).filter((one) => one.id === id && one.state === "open");
    await appendLines(paths.invitations, [
      ...open.map(({ codeSha256 }) => ({ event: "withdrawn", at, id, codeSha256 })),
      { event: "invited", at, ...invited },
    ]);
    return { code, invitation: { ...invited, invitedAt: at, state: "open" } };
  });
}

/** Takes back every open invitation of a name; says how many. */
export async function withdrawInvitations(dir: string, id: string, now: Date = new Date()): Promise<number> {
  const paths = pkiPaths(dir);
  await readRegistry(paths.registry);
  return withLock(paths.lock, async () => {
    const open = (await readInvitations(dir)).filter((one) => one.id === id && one.state === "open");
    const at = now.toISOString();
    if (open.length > 0)
      await appendLines(
        paths.invitations,
        open.map(({ codeSha256 }) => ({ event: "withdrawn", at, id, codeSha256 })),
      );
    return open.length;
  });
}

/** Nobody takes a name over by accident. */
function refuseKnown(registered: readonly RegisteredCertificate[], id: string, now: Date): void {
  const own = registered.filter((one) => one.role === "device" && one.id === id);
  const revoked = own.findLast((one) => one.revokedAt !== undefined && one.reason !== SUPERSEDED);
  if (unrevokedOf(own, "device", id).some((one) => stateOf(one, now) === "active"))
    throw new PlatformError(
      "exists",
      `device ${id} has a certificate that counts: --force invites a device that takes its place`,
    );
  if (revoked)
    throw new PlatformError(
      "revoked",
      `device ${id} was revoked on ${revoked.revokedAt}: --force invites it all the same`,
    );
}

/** Every invitation ever made, oldest first. */
export async function readInvitations(dir: string): Promise<Invitation[]> {
  const path = pkiPaths(dir).invitations;
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return "";
  });
  const invitations = new Map<string, Invitation>();
  for (const [index, line] of text.split("\n").slice(0, -1).entries()) {
    const { event, at, codeSha256, ...facts } = parse(line, `${path} line ${index + 1}`);
    const known = invitations.get(codeSha256);
    if (event === "invited" && facts.expires !== undefined)
      invitations.set(codeSha256, {
        ...facts,
        expires: facts.expires,
        codeSha256,
        invitedAt: at,
        state: "open",
      });
    else if (known && event !== "invited") invitations.set(codeSha256, { ...known, state: event });
  }
  return [...invitations.values()];
}

function parse(line: string, where: string): InvitationEvent {
  try {
    const value = JSON.parse(line) as Partial<InvitationEvent>;
    const isKnown = ["invited", "used", "withdrawn"].includes(value.event ?? "");
    if (isKnown && /^[0-9a-f]{64}$/.test(value.codeSha256 ?? "")) return value as InvitationEvent;
  } catch {
    // Said below.
  }
  throw new PlatformError("registry-damaged", `${where} is damaged: restore the file from a backup`);
}

/** 140 bits, in groups that can be read aloud. */
function newCode(): string {
  const letters = Array.from(randomBytes(CODE_LETTERS), (byte) => ALPHABET[byte & 31]).join("");
  return letters.match(/.{4}/g)?.join("-") ?? "";
}

/** However it was typed: in capitals, without hyphens, with o for 0. */
export function hashOf(code: string): string {
  const typed = code.toLowerCase().replaceAll(/[\s-]/g, "").replaceAll("o", "0").replaceAll(/[il]/g, "1");
  return createHash("sha256").update(typed).digest("hex");
}

import type { Client, ConnectPacket } from "aedes";
import { parseDeviceTopic } from "@smp/schemas";
import { isShownTopic } from "../identity/access.ts";
import { sessionName } from "../identity/client-id.ts";
import type { Identity } from "../identity/identity.ts";
import type { Limits } from "../limits.ts";
import type { Due } from "../messages/acknowledgements.ts";
import type { Gauge } from "prom-client";
import { Refusal } from "../refusal.ts";
import type { Registry } from "../registry/registry.ts";

/** What other processes behind the same port are to know of a session. */
export interface SessionBegin {
  identity: Pick<Identity, "role" | "id">;
  name: string;
  address: string;
  /** By the machine's own clock, which is the same for all its processes and is never set. */
  beganNs: number;
}

/** One connected client. */
export interface Session extends SessionBegin {
  identity: Identity;
  /** What it is subscribed to. */
  filters: Set<string>;
  /** Its messages that wait for the log. */
  held: number;
  /** PUBACKs that go out with this turn of the event loop. */
  due?: Due | undefined;
  /** Set when the broker itself ends the session: its will is not spread then. */
  ended: boolean;
}

export interface Sessions {
  /** Resolves when it is known whether this certificate was issued, be it a moment ago. */
  known(identity: Identity): Promise<void> | undefined;
  /** Checks a CONNECT and names its session. Changes the packet: Aedes takes the session's name from it. */
  admit(identity: Identity, address: string, packet: ConnectPacket): Session | Refusal;
  add(client: Client, session: Session): void;
  remove: (client: Client) => void;
  of(client: Client): Session | undefined;
  all(): Iterable<readonly [Client, Session]>;
  /** The session of the same name that began before this one. */
  older(begin: SessionBegin): readonly [Client, Session] | undefined;
  readonly count: number;
  /** Whether the device is connected here. */
  hasDevice: (id: string) => boolean;
  /** Whether any session is subscribed to what is shown of readings. */
  isListened(): boolean;
  subscribed(client: Client, filter: string): void;
  unsubscribed(client: Client, filters: readonly string[]): void;
}

export interface SessionRules {
  registry: Registry | undefined;
  limits: Pick<Limits, "willBytesMax" | "keepaliveMaxS" | "sessionsPerIdentityMax">;
  /** Counts the sessions by role. */
  gauge: Gauge<"role">;
  /** Told of a session that ends an older one of its name. */
  takenOver?: (session: Session, previousAddress: string) => void;
  /** Told of each session. */
  began?: ((session: SessionBegin) => void) | undefined;
  /** Told when the first session subscribes to what is shown of readings. */
  listened?: (() => void) | undefined;
}

/** The connected clients and the rules for becoming one. */
export function createSessions(rules: SessionRules): Sessions {
  const { registry, limits, gauge, takenOver, began, listened } = rules;
  const live = new Map<Client, Session>();
  const byName = new Map<string, Client>();
  /** Outlives `live`, because a will is checked after its session has ended. */
  const known = new WeakMap<Client, Session>();
  const perIdentity = new Map<string, number>();
  let shownFilters = 0;

  const drop = (session: Session, filter: string): void => {
    if (session.filters.delete(filter) && isShownTopic(filter)) shownFilters--;
  };

  return {
    known: ({ serial }) => (registry?.find(serial) ? undefined : registry?.readOn().catch(() => undefined)),
    admit(identity, address, packet) {
      const refusal = certificateRefusal(identity, registry) ?? connectRefusal(identity, packet, limits);
      if (refusal) return refusal;
      const name = sessionName(identity, packet.clientId);
      if (name instanceof Refusal) return name;
      const taken = perIdentity.get(identityKey(identity)) ?? 0;
      const takesOver = name === identityKey(identity);
      if (taken >= limits.sessionsPerIdentityMax && !takesOver) return tooMany(identity, taken, limits);
      packet.clientId = name;
      // Sessions are not kept: what a tap misses, the retained message tells; what a device sends is in its journal.
      packet.clean = true;
      return { identity, name, address, beganNs: 0, filters: new Set(), held: 0, ended: false };
    },
    add(client, session) {
      session.beganNs = Number(process.hrtime.bigint());
      const older = byName.get(session.name);
      if (older) takenOver?.(session, live.get(older)?.address ?? "");
      byName.set(session.name, client);
      live.set(client, session);
      known.set(client, session);
      gauge.inc({ role: session.identity.role });
      count(perIdentity, identityKey(session.identity), 1);
      const { identity, name, address, beganNs } = session;
      const { role, id } = identity;
      began?.({ identity: { role, id }, name, address, beganNs });
    },
    remove(client) {
      const session = live.get(client);
      if (!session) return;
      live.delete(client);
      if (byName.get(session.name) === client) byName.delete(session.name);
      gauge.dec({ role: session.identity.role });
      for (const filter of session.filters) drop(session, filter);
      count(perIdentity, identityKey(session.identity), -1);
    },
    of: (client) => known.get(client),
    all: () => live.entries(),
    older({ name, beganNs }) {
      const client = byName.get(name);
      const session = client && live.get(client);
      return session && session.beganNs < beganNs ? [client, session] : undefined;
    },
    get count() {
      return live.size;
    },
    hasDevice: (id) => perIdentity.has(identityKey({ role: "device", id })),
    isListened: () => shownFilters > 0,
    subscribed(client, filter) {
      const session = live.get(client);
      if (!session || session.filters.has(filter)) return;
      session.filters.add(filter);
      if (isShownTopic(filter) && shownFilters++ === 0) listened?.();
    },
    unsubscribed(client, filters) {
      const session = live.get(client);
      if (session) for (const filter of filters) drop(session, filter);
    },
  };
}

function count(counts: Map<string, number>, key: string, change: 1 | -1): void {
  const now = (counts.get(key) ?? 0) + change;
  if (now > 0) counts.set(key, now);
  else counts.delete(key);
}

const tooMany = ({ role, id }: Identity, taken: number, limits: SessionRules["limits"]): Refusal =>
  new Refusal(
    "sessions",
    `${role} ${id} already has ${taken} sessions, at most ${limits.sessionsPerIdentityMax} are allowed (SMP_MQTT_SESSIONS_PER_IDENTITY_MAX).`,
    3,
  );

/** Why a certificate does not count (any more); also asked of live sessions. */
export function certificateRefusal(
  identity: Identity,
  registry: Registry | undefined,
  now: number = Date.now(),
): Refusal | undefined {
  const { role, id, serial, validUntil } = identity;
  const who = `The certificate ${serial} of ${role} ${id}`;
  if (validUntil <= now) return new Refusal("certificate-expired", `${who} has expired: renew it.`);
  if (!registry) return undefined;
  const registered = registry.find(serial);
  if (!registered || registered.id !== id || registered.role !== role)
    return new Refusal(
      "certificate-unknown",
      `${who} is not in the registry: it was issued behind its back, or for another installation.`,
    );
  if (registered.revoked) return new Refusal("certificate-revoked", `${who} is revoked.`);
  return undefined;
}

function connectRefusal(
  { role, id }: Identity,
  packet: ConnectPacket,
  limits: SessionRules["limits"],
): Refusal | undefined {
  const { keepalive, will } = packet;
  // MQTT 3.1.1, 3.1.3.1: a session that shall outlive the connection needs a name.
  if (packet.clientId === "" && packet.clean === false)
    return new Refusal("client-id", `${role} ${id} asks for a lasting session without a client id.`, 2);
  if (keepalive === undefined || keepalive < 1 || keepalive > limits.keepaliveMaxS)
    return new Refusal(
      "keepalive",
      `${role} ${id} asks for a keepalive of ${keepalive ?? 0} s: set it to 1 to ${limits.keepaliveMaxS} s.`,
    );
  if (!will) return undefined;
  if (role !== "device" || !isWillTopic(id, will.topic))
    return new Refusal(
      "will",
      `The will of ${role} ${id} goes to ${JSON.stringify(will.topic.slice(0, 200))}: allowed are a device's own status topic and those below its raw/.`,
    );
  if (will.payload.length > limits.willBytesMax)
    return new Refusal(
      "will",
      `The will of ${role} ${id} has ${will.payload.length} bytes, at most ${limits.willBytesMax} are allowed.`,
    );
  return undefined;
}

/** Gear that is not ours says `false` on a topic below its own prefix, as a Shelly does; it is an input's to read. */
function isWillTopic(id: string, topic: string): boolean {
  const parsed = parseDeviceTopic(topic);
  return parsed?.device === id && (parsed.kind === "status" || parsed.kind === "raw");
}

const identityKey = ({ role, id }: Pick<Identity, "role" | "id">): string => `${role}:${id}`;

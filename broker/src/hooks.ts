import type { AedesOptions, AuthenticateError, Client } from "aedes";
import { isLiveTopic, mayReceive, subscribeRefusal } from "./access.ts";
import type { Identity } from "./identity.ts";
import type { LiveMirror } from "./live.ts";
import type { MessageHandler } from "./messages.ts";
import type { Refuse } from "./refusal-log.ts";
import { Refusal } from "./refusal.ts";
import type { Registry } from "./registry.ts";
import type { Session, Sessions } from "./sessions.ts";

/** Who is at the other end of a connection. */
export interface Peer {
  address: string;
  identity: Identity | Refusal;
}

export interface HookPorts {
  peerOf(client: Client): Peer | undefined;
  sessions: Sessions;
  registry: Registry | undefined;
  messages: MessageHandler;
  live: LiveMirror;
  refuse: Refuse;
  /** Whether the log has been away for so long that devices had better stay away too. */
  isLogAway(): boolean;
  limits: { [Name in "subscriptionsPerSessionMax"]: number };
}

type Hooks = Required<
  Pick<
    AedesOptions,
    "preConnect" | "authenticate" | "authorizePublish" | "authorizeSubscribe" | "authorizeForward"
  >
>;

const NOT_CONNECTED = new Refusal("session", "A message came from nobody: the client never connected.");

/** Where Aedes asks, and the rules answer. */
export function createHooks(ports: HookPorts): Hooks {
  const { sessions, registry, messages, live, refuse, limits } = ports;
  const decisions = new WeakMap<Client, Session | Refusal>();
  const metersOf = ({ serial }: Identity): ReadonlySet<string> | undefined => registry?.find(serial)?.meters;

  function decide(client: Client, packet: Parameters<Hooks["preConnect"]>[1]): Session | Refusal {
    const peer = ports.peerOf(client);
    if (!peer) return NOT_CONNECTED;
    const { identity, address } = peer;
    if (identity instanceof Refusal) return identity;
    if (identity.role === "device" && ports.isLogAway())
      return new Refusal(
        "log-away",
        `Device ${identity.id} was sent away, because the log takes no messages.`,
        3,
      );
    return sessions.admit(identity, address, packet);
  }

  return {
    // Decided here, where the packet can still be changed; told in `authenticate`, which answers with a return code.
    preConnect(client, packet, done) {
      // Aedes would take MQTT 3.1; below 3 it answers "unacceptable protocol version".
      if (packet.protocolVersion === 3) Object.assign(packet, { protocolVersion: 2 });
      else if (packet.protocolVersion === 4) decisions.set(client, decide(client, packet));
      done(null, true);
    },

    authenticate(client, _username, _password, done) {
      const decision = decisions.get(client) ?? NOT_CONNECTED;
      if (decision instanceof Refusal) {
        refuse(decision, { address: ports.peerOf(client)?.address });
        return done(decision as AuthenticateError, false);
      }
      sessions.add(client, decision);
      done(null, true);
    },

    authorizePublish(client, packet, done) {
      const session = client ? sessions.of(client) : undefined;
      if (!client || !session) return done(refuse(NOT_CONNECTED));
      messages.take(client, session, packet).then(
        () => done(null),
        (error: unknown) => {
          const refusal =
            error instanceof Refusal
              ? error
              : new Refusal("internal", `A message could not be handled: ${String(error)}`);
          done(refuse(refusal, { address: session.address }));
        },
      );
    },

    authorizeSubscribe(client, subscription, done) {
      const session = sessions.of(client);
      if (!session) return done(refuse(NOT_CONNECTED));
      const { identity, filters, address } = session;
      const { topic } = subscription;
      const refusal =
        subscribeRefusal(identity, topic, metersOf(identity)) ??
        (filters.size >= limits.subscriptionsPerSessionMax && !filters.has(topic)
          ? new Refusal(
              "subscriptions",
              `${identity.role} ${identity.id} has ${filters.size} subscriptions, and more are not allowed.`,
            )
          : undefined);
      if (refusal) {
        refuse(refusal, { address });
        return done(null, null);
      }
      sessions.subscribed(client, topic);
      if (!isLiveTopic(topic)) return done(null, subscription);
      live.wake().then(
        () => done(null, subscription),
        () => done(null, subscription),
      );
    },

    authorizeForward(client, packet) {
      const session = sessions.of(client);
      if (!session || !mayReceive(session.identity, packet.topic, metersOf(session.identity))) return null;
      // A subscriber that takes nothing more must not hold up the others: Aedes would wait for it.
      return client.conn.writableNeedDrain ? null : packet;
    },
  };
}

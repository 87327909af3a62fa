import type { AedesOptions, Client, ConnectPacket, PublishPacket, Subscription } from "aedes";
import { noteForwarded } from "./connection/packet-limit.ts";
import { isLiveTopic, mayReceive, subscribeRefusal } from "./identity/access.ts";
import { Acknowledgements } from "./messages/acknowledgements.ts";
import type { Identity } from "./identity/identity.ts";
import type { Limits } from "./limits.ts";
import type { LiveMirror } from "./live/live.ts";
import type { MessageHandler } from "./messages/messages.ts";
import type { Outage } from "./messages/outage.ts";
import type { Refuse } from "./refusal-log.ts";
import { Refusal } from "./refusal.ts";
import type { Registry } from "./registry/registry.ts";
import type { Session, Sessions } from "./sessions/sessions.ts";

/** Who is at the other end of a connection. */
export interface Peer {
  address: string;
  identity: Identity | Refusal;
}

export interface HookPorts {
  peerOf: (client: Client) => Peer | undefined;
  sessions: Sessions;
  registry: Registry | undefined;
  messages: MessageHandler;
  live: LiveMirror;
  refuse: Refuse;
  outage: Pick<Outage, "isAway">;
  limits: Pick<Limits, "subscriptionsPerSessionMax" | "subscriptionsPerConsumerMax">;
}

type Hook = "preConnect" | "authenticate" | "authorizePublish" | "authorizeSubscribe" | "authorizeForward";
export type Hooks = Required<Pick<AedesOptions, Hook>>;

const NOT_CONNECTED = new Refusal("session", "A message came from nobody: the client never connected.");

/** Where Aedes asks, and the rules answer. */
export function createHooks(ports: HookPorts): Hooks {
  return { ...connectHooks(ports), ...publishHooks(ports), ...subscribeHooks(ports) };
}

function connectHooks({
  peerOf,
  outage,
  sessions,
  refuse,
}: HookPorts): Pick<Hooks, "preConnect" | "authenticate"> {
  const decisions = new WeakMap<Client, Session | Refusal>();

  function decide(client: Client, packet: ConnectPacket): Session | Refusal {
    const peer = peerOf(client);
    if (!peer) return NOT_CONNECTED;
    const { identity, address } = peer;
    if (identity instanceof Refusal) return identity;
    if (identity.role === "device" && outage.isAway())
      return new Refusal(
        "log-away",
        `Device ${identity.id} was turned away, because the log takes no messages: it keeps its readings.`,
        3,
      );
    return sessions.admit(identity, address, packet);
  }

  return {
    // Decided here, where the packet can still be changed; told in `authenticate`, which answers with a return code.
    preConnect(client, packet, done) {
      // Aedes would take MQTT 3.1; below 3 it answers "unacceptable protocol version".
      if (packet.protocolVersion === 3) Object.assign(packet, { protocolVersion: 2 });
      if (packet.protocolVersion !== 4) return done(null, true);
      const decided = (): void => {
        decisions.set(client, decide(client, packet));
        done(null, true);
      };
      const identity = peerOf(client)?.identity;
      const reading = identity instanceof Refusal || !identity ? undefined : sessions.known(identity);
      if (reading) void reading.then(decided);
      else decided();
    },

    authenticate(client, _username, _password, done) {
      const decision = decisions.get(client) ?? NOT_CONNECTED;
      if (decision instanceof Refusal) {
        refuse(decision, { address: peerOf(client)?.address });
        return done(decision, false);
      }
      // Gone meanwhile: Aedes would register it no more, and tell nobody of its end.
      if (client.closed) return done(NOT_CONNECTED, false);
      sessions.add(client, decision);
      done(null, true);
    },
  };
}

function publishHooks({ sessions, messages, refuse }: HookPorts): Pick<Hooks, "authorizePublish"> {
  const acknowledgements = new Acknowledgements();

  function answer(
    session: Session,
    client: Client,
    packet: PublishPacket,
    done: (error?: Error | null) => void,
  ): void {
    const { messageId } = packet as { messageId?: number };
    if (messageId === undefined) return done(null);
    if (messages.isRouted(packet)) {
      acknowledgements.flush(session);
      return done(null);
    }
    // Aedes acknowledges what has QoS 1, and has nothing to do with this one any more.
    packet.qos = 0;
    acknowledgements.add({ session, client, messageId, done: () => done(null) });
  }

  return {
    authorizePublish(client, packet, done) {
      const session = client ? sessions.of(client) : undefined;
      if (!client || !session) return done(refuse(NOT_CONNECTED));
      messages.take(session, packet, (refusal) => {
        if (refusal) done(refuse(refusal, { address: session.address }));
        else answer(session, client, packet, done);
      });
    },
  };
}

function subscribeHooks({
  sessions,
  registry,
  live,
  refuse,
  limits,
}: HookPorts): Pick<Hooks, "authorizeSubscribe" | "authorizeForward"> {
  const metersOf = ({ serial }: Identity): ReadonlySet<string> | undefined => registry?.find(serial)?.meters;

  function refusalOf({ identity, filters }: Session, { topic }: Subscription): Refusal | undefined {
    const refusal = subscribeRefusal(identity, topic, metersOf(identity));
    const max =
      identity.role === "device" ? limits.subscriptionsPerSessionMax : limits.subscriptionsPerConsumerMax;
    if (refusal || filters.size < max || filters.has(topic)) return refusal;
    return new Refusal(
      "subscriptions",
      `${identity.role} ${identity.id} has ${filters.size} subscriptions, and more are not allowed.`,
    );
  }

  async function answer(
    client: Client,
    subscription: Subscription,
    done: (error: null, granted: Subscription | null) => void,
  ): Promise<void> {
    const session = sessions.of(client);
    const refusal = session ? refusalOf(session, subscription) : NOT_CONNECTED;
    if (refusal) {
      refuse(refusal, { address: session?.address });
      return done(null, null);
    }
    sessions.subscribed(client, subscription.topic);
    if (isLiveTopic(subscription.topic)) await live.wake();
    done(null, subscription);
  }

  return {
    authorizeSubscribe: (client, subscription, done) => void answer(client, subscription, done),

    authorizeForward(client, packet) {
      const session = sessions.of(client);
      if (!session || !mayReceive(session.identity, packet.topic, metersOf(session.identity))) return null;
      // A subscriber that takes nothing more must not hold up the others: Aedes would wait for it.
      if (client.conn.writableNeedDrain) return null;
      noteForwarded(client, packet);
      return packet;
    },
  };
}

import type { PublishPacket } from "aedes";
import { errorTopic, type Ingest, type IngestResult, type NormalisedReading, problemOf } from "@smp/schemas";
import { publishKind, type PublishKind } from "../identity/access.ts";
import type { BrokerMetrics } from "../metrics.ts";
import type { Held, Outage } from "./outage.ts";
import type { DeviceRates } from "./rates.ts";
import { Refusal } from "../refusal.ts";
import type { Presence } from "../sessions/presence.ts";
import type { Session } from "../sessions/sessions.ts";

export interface MessageHandler {
  /** Calls back when the log holds the message, so that its PUBACK may go out; with a `Refusal` when it may not. */
  take(session: Session, packet: PublishPacket, done: (refusal: Refusal | null) => void): void;
  /** Whether a device's packet may be routed on to subscribers. */
  isRouted(packet: PublishPacket): boolean;
  /** Resolves when nothing is being taken. */
  settled(): Promise<void>;
}

export interface MessagePorts {
  ingest: Ingest;
  metrics: BrokerMetrics;
  rates: DeviceRates;
  outage: Pick<Outage, "hold" | "release">;
  publish: (topic: string, payload: string) => Promise<void>;
  presence: Pick<Presence, "say">;
  /** Shows accepted readings to whoever watches. */
  show: (readings: readonly NormalisedReading[]) => void;
}

/** What happens to a message of a device between its arrival and its PUBACK, and after it. */
export function createMessageHandler(ports: MessagePorts): MessageHandler {
  const { ingest, metrics, rates, outage, publish, presence, show } = ports;
  const routed = new WeakSet<PublishPacket>();
  let underWay = 0;
  let onSettled: (() => void)[] = [];
  /** What devices and taps are still to hear. */
  let untold: { device: string; result: IngestResult }[] = [];

  async function take(
    session: Session,
    packet: PublishPacket,
    done: (refusal: Refusal | null) => void,
  ): Promise<void> {
    const { id } = session.identity;
    const kind = checked(session, packet);
    if (kind instanceof Refusal) return done(kind);
    metrics.taken[kind] += 1;
    const received = Date.now();
    // Only presence is for others to see; readings go on by the log and the live mirror.
    const presenceNs = kind === "status" || kind === "info" ? Number(process.hrtime.bigint()) : undefined;
    const payload = typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
    let refusal: Refusal | null = null;
    let held: Held | undefined;
    underWay += 1;
    try {
      const turn = rates.turn(id, payload.length);
      if (turn) await turn;
      held = outage.hold(session);
      const result = await ingest.take({ device: id, topic: packet.topic, payload, received });
      metrics.acknowledgeSeconds.observe((performance.now() - held.sinceMs) / 1_000);
      if (presenceNs !== undefined && result.rejected.length === 0 && presence.say(packet, presenceNs))
        routed.add(packet);
      later(id, result);
    } catch (cause) {
      refusal = cause instanceof Refusal ? cause : logAway(id, cause);
    }
    if (held) outage.release(held, refusal === null);
    ended();
    done(refusal);
  }

  function ended(): void {
    underWay -= 1;
    if (underWay > 0) return;
    for (const settle of onSettled) settle();
    onSettled = [];
  }

  /** After the PUBACKs: one append answers many messages, and they go out first. */
  function later(device: string, result: IngestResult): void {
    if (result.rejected.length === 0 && result.accepted.length === 0) return;
    if (untold.length === 0) setImmediate(tellAll);
    untold.push({ device, result });
  }

  function tellAll(): void {
    const results = untold;
    untold = [];
    for (const { device, result } of results) tell(device, result);
  }

  function tell(device: string, { accepted, rejected }: IngestResult): void {
    show(accepted);
    for (const { code } of rejected) metrics.rejected.inc({ code });
    const problem = problemOf(rejected);
    if (problem) void publish(errorTopic(device), JSON.stringify(problem));
  }

  return {
    take: (session, packet, done) => void take(session, packet, done),
    isRouted: (packet) => routed.has(packet),
    async settled() {
      if (underWay > 0) await new Promise<void>((resolve) => onSettled.push(resolve));
    },
  };
}

const logAway = (device: string, cause: unknown): Refusal =>
  new Refusal(
    "log-away",
    `A message of device ${device} could not be kept and is not acknowledged: ${String(cause)}`,
  );

function checked({ identity, ended }: Session, { topic, qos }: PublishPacket): PublishKind | Refusal {
  if (ended)
    return new Refusal(
      "session-ended",
      `A message of ${identity.role} ${identity.id} came after its session was ended.`,
    );
  const kind = publishKind(identity, topic);
  if (kind instanceof Refusal) return kind;
  // QoS 0 is taken too, for clients that know no other (PubSubClient, Tasmota): without a PUBACK nothing is promised.
  if (qos === 2)
    return new Refusal(
      "publish-qos",
      `Device ${identity.id} published with QoS 2: use QoS 1, readings are told apart by meter and time.`,
    );
  return kind;
}

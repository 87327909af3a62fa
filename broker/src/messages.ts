import type { PublishPacket } from "aedes";
import { errorTopic, type Ingest, type IngestResult, type NormalisedReading, problemOf } from "@smp/schemas";
import { publishKind, type PublishKind } from "./access.ts";
import type { BrokerMetrics } from "./metrics.ts";
import { Refusal } from "./refusal.ts";
import type { Session } from "./sessions.ts";

export interface MessageHandler {
  /** Resolves when the log holds the message, so that its PUBACK may go out; rejects with a `Refusal`. */
  take(session: Session, packet: PublishPacket): Promise<void>;
  /** Whether a device's packet may be routed on to subscribers. */
  isRouted(packet: PublishPacket): boolean;
  /** Resolves when nothing is being taken. */
  settled(): Promise<void>;
}

export interface MessagePorts {
  ingest: Ingest;
  metrics: BrokerMetrics;
  publish: (topic: string, payload: string) => void;
  offerLive: (readings: readonly NormalisedReading[]) => void;
}

/** What happens to a message of a device between its arrival and its PUBACK, and after it. */
export function createMessageHandler({ ingest, metrics, publish, offerLive }: MessagePorts): MessageHandler {
  const routed = new WeakSet<PublishPacket>();
  const underWay = new Set<Promise<void>>();

  async function take(session: Session, packet: PublishPacket): Promise<void> {
    const { id } = session.identity;
    const kind = checked(session, packet);
    metrics.messages.inc({ kind });
    const received = Date.now();
    const payload = typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
    const result = await ingest
      .take({ device: id, topic: packet.topic, payload, received })
      .catch((cause: unknown) => {
        throw new Refusal(
          "log-away",
          `A message of device ${id} could not be kept and is not acknowledged: ${String(cause)}`,
          3,
        );
      });
    metrics.acknowledgeSeconds.observe((Date.now() - received) / 1_000);
    // Only presence is for others to see; readings go on by the log and the live mirror.
    if ((kind === "status" || kind === "info") && result.rejected.length === 0) routed.add(packet);
    else packet.retain = false;
    // The PUBACK goes out first: the callback of the caller runs before this.
    if (result.rejected.length > 0 || result.accepted.length > 0) setImmediate(tell, id, result);
  }

  function tell(device: string, { accepted, rejected }: IngestResult): void {
    offerLive(accepted);
    for (const { code } of rejected) metrics.rejected.inc({ code });
    const problem = problemOf(rejected);
    if (problem) publish(errorTopic(device), JSON.stringify(problem));
  }

  return {
    take(session, packet) {
      const taking = take(session, packet);
      const settled = taking.catch(() => undefined).then(() => void underWay.delete(settled));
      underWay.add(settled);
      return taking;
    },
    isRouted: (packet) => routed.has(packet),
    async settled() {
      await Promise.all(underWay);
    },
  };
}

function checked({ identity, ended }: Session, { topic, qos }: PublishPacket): PublishKind {
  if (ended)
    throw new Refusal(
      "session-ended",
      `A message of ${identity.role} ${identity.id} came after its session was ended.`,
    );
  const kind = publishKind(identity, topic);
  if (kind instanceof Refusal) throw kind;
  // QoS 0 is taken too, for clients that know no other (PubSubClient, Tasmota): without a PUBACK nothing is promised.
  if (qos === 2)
    throw new Refusal(
      "publish-qos",
      `Device ${identity.id} published with QoS 2: use QoS 1, readings are told apart by meter and time.`,
    );
  return kind;
}

import type { Client, PublishPacket } from "aedes";
import type { TokenBucket } from "../token-bucket.ts";

/** The part of mqtt-packet's parser that knows a packet's length before its bytes are buffered. */
interface LengthParser {
  packet: { cmd?: string; length: number };
  _parseLength(): boolean;
  emit(event: "error", error: Error): void;
}

export interface PacketLimits {
  bytesMax: () => number;
  /** Of packets that are no messages, by their bytes; those of a message are its device's, see rates.ts. */
  control: TokenBucket;
}

export const TOO_MANY_PACKETS = "too many packets that are no messages";
/** What a packet costs beside its bytes. */
const PACKET_BYTES = 64;

const ACKNOWLEDGEMENTS: ReadonlySet<string | undefined> = new Set(["puback", "pubrec", "pubcomp"]);
/** Acknowledgements that clients are to send: one of a message with QoS 1, two of one with QoS 2. */
const owed = new WeakMap<Client, number>();

/** Takes note of a message on its way to a client, whose acknowledgements are then no packets too many. */
export function noteForwarded(client: Client, { qos }: Pick<PublishPacket, "qos">): void {
  if (qos > 0) owed.set(client, (owed.get(client) ?? 0) + qos);
}

/**
 * Aedes has no limit on packet sizes (aedes#831): a client that announces 256 MB is buffered. This closes the
 * connection as soon as the length is read. Nor has it one on how many there are: a client that sends PINGREQs or SUBSCRIBEs as fast
 * as it can takes the event loop from all others. It reaches into Aedes 1.2.0 and mqtt-packet 9, which is why their versions
 * are pinned and a test holds it.
 */
export function limitPackets(client: Client, { bytesMax, control }: PacketLimits): void {
  const parser = (client as unknown as { _parser: LengthParser })._parser;
  const parseLength = parser._parseLength.bind(parser);
  parser._parseLength = () => {
    if (!parseLength()) return false;
    const fault = faultOf(parser.packet);
    if (fault !== undefined) parser.emit("error", new Error(fault));
    return fault === undefined;
  };

  function faultOf({ cmd, length }: LengthParser["packet"]): string | undefined {
    if (length > bytesMax()) return `packet of ${length} bytes announced, at most ${bytesMax()} are allowed`;
    if (cmd === "publish" || (ACKNOWLEDGEMENTS.has(cmd) && isOwed())) return undefined;
    const nowMs = performance.now();
    const cost = PACKET_BYTES + length;
    if (control.waitMs(cost, nowMs) > 0) return TOO_MANY_PACKETS;
    control.book(cost, nowMs);
    return undefined;
  }

  function isOwed(): boolean {
    const left = owed.get(client) ?? 0;
    if (left > 0) owed.set(client, left - 1);
    return left > 0;
  }
}

import { parseDeviceTopic, readingTopic, statusTopic, type NormalisedReading } from "@smp/schemas";
import type { IConnectPacket, IPublishPacket } from "mqtt-packet";
import { ConnectionLimits } from "../connection-limits.ts";
import { decodeMessage } from "../decode.ts";
import { normalise } from "../normalise.ts";

/** Faults that are kept for the report; the rest is counted. */
const FAULTS_MAX = 5;
/** Messages without PUBACK whose return is watched for. */
const WITHHELD_MAX = 16;

/** Of a meter's connection nothing is known here. */
const NO_LIMITS = new ConnectionLimits();

/** What was seen of one device, as facts; the rules judge them. Times are Unix ms. */
export class Observation {
  readonly device: string;
  connections = 0;
  connect: IConnectPacket | undefined;
  /** The shortest time between the end of a connection and the next attempt. */
  reconnectMsMin: number | undefined;
  sawOnline = false;
  readings = 0;
  messages = 0;
  cborMessages = 0;
  withTime = 0;
  /** The largest distance of a reading's time from the clock here, of readings that came as they were measured. */
  clockErrorMsMin: number | undefined;
  withSequence = 0;
  sequenceGaps = 0;
  qos0 = 0;
  retained = 0;
  inFlightMax = 0;
  /** Messages that ended without a PUBACK here on purpose, and those of them that came again. */
  withheld = 0;
  returned = 0;
  readonly rejected: string[] = [];
  rejectedCount = 0;
  readonly foreignTopics: string[] = [];
  readonly fallen: string[] = [];
  readonly intervalsMs: number[] = [];

  readonly #newest = new Map<string, NormalisedReading>();
  readonly #awaited = new Set<string>();
  #disconnectedAt: number | undefined;
  #sequence: number | undefined;

  constructor(device: string) {
    this.device = device;
  }

  connected(packet: IConnectPacket, now: number): void {
    this.connections++;
    this.connect = packet;
    if (this.#disconnectedAt === undefined) return;
    this.reconnectMsMin = Math.min(this.reconnectMsMin ?? Infinity, now - this.#disconnectedAt);
  }

  disconnected(now: number): void {
    this.#disconnectedAt = now;
  }

  /** `inFlight`: messages of the connection that have no PUBACK yet, this one included. */
  published(packet: IPublishPacket, inFlight: number, now: number): void {
    const { topic, qos, retain } = packet;
    const payload = Buffer.from(packet.payload);
    if (topic === statusTopic(this.device)) {
      if (payload.toString() === "online" && retain) this.sawOnline = true;
      return;
    }
    if (parseDeviceTopic(topic)?.device !== this.device) return keep(this.foreignTopics, topic);
    if (topic !== readingTopic(this.device)) return;
    this.messages++;
    this.inFlightMax = Math.max(this.inFlightMax, inFlight);
    if (qos === 0) this.qos0++;
    if (retain) this.retained++;
    if (this.#awaited.delete(payload.toString("base64"))) {
      this.returned++;
      return;
    }
    this.#take(payload, now);
  }

  /** A message whose PUBACK will not come: it has to come again. */
  withhold({ payload }: IPublishPacket): void {
    if (this.#awaited.size >= WITHHELD_MAX) return;
    this.withheld++;
    this.#awaited.add(Buffer.from(payload).toString("base64"));
  }

  #take(payload: Buffer, now: number): void {
    if ((payload[0] ?? 0) >= 0x80) this.cborMessages++;
    try {
      for (const { value, fault } of decodeMessage(payload)) {
        if (fault !== undefined) throw new Error(fault);
        this.#reading(normalise(value, this.device, now, NO_LIMITS), now);
      }
    } catch (error) {
      this.rejectedCount++;
      keep(this.rejected, error instanceof Error ? error.message : String(error));
    }
  }

  #reading(reading: NormalisedReading, now: number): void {
    this.readings++;
    const { meter, t, s, r, quality } = reading;
    if (!quality?.includes("server-time")) {
      this.withTime++;
      this.clockErrorMsMin = Math.min(this.clockErrorMsMin ?? Infinity, Math.abs(now - t));
    }
    if (s !== undefined) {
      this.withSequence++;
      if (this.#sequence !== undefined && s > this.#sequence + 1) this.sequenceGaps++;
      this.#sequence = s;
    }
    const before = this.#newest.get(meter);
    if (before && t <= before.t) return;
    this.#newest.set(meter, reading);
    if (!before) return;
    this.intervalsMs.push(t - before.t);
    if (this.intervalsMs.length > 1_000) this.intervalsMs.shift();
    for (const code of ["1-0:1.8.0", "1-0:2.8.0"])
      if ((r[code] ?? Infinity) < (before.r[code] ?? 0))
        keep(this.fallen, `${code} of ${meter} fell from ${before.r[code]} to ${r[code]}`);
  }
}

function keep(list: string[], item: string): void {
  if (list.length < FAULTS_MAX && !list.includes(item)) list.push(item);
}

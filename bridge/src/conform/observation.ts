import {
  messageOf,
  parseDeviceTopic,
  readingTopic,
  registerOf,
  statusTopic,
  type NormalisedReading,
} from "@smp/schemas";
import type { IConnectPacket, IPublishPacket } from "mqtt-packet";
import { ConnectionLimits } from "../checks/connection-limits.ts";
import { decodeMessage } from "../decode/decode.ts";
import { normalise } from "../checks/normalise.ts";

/** Faults that are kept for the report; the rest is counted. */
const FAULTS_MAX = 5;
/** Counters whose last value is remembered. */
const COUNTERS_MAX = 10_000;

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
  jsonMessages = 0;
  withTime = 0;
  /** The largest distance of a reading's time from the clock here, of readings that came as they were measured. */
  clockErrorMsMin: number | undefined;
  withSequence = 0;
  sequenceGaps = 0;
  qos0 = 0;
  qos2 = 0;
  retained = 0;
  inFlightMax = 0;
  /** Messages that ended without a PUBACK here on purpose, and those of them that came again. */
  withheld = 0;
  returned = 0;
  /** Readings came on a connection after that. */
  wentOn = false;
  /** Nothing in the withheld message tells it from the next one. */
  isUntold = false;
  readonly rejected: string[] = [];
  rejectedCount = 0;
  readonly foreignTopics: string[] = [];
  /** Of any connection: the platform refuses each. */
  readonly foreignClientIds: string[] = [];
  readonly fallen: string[] = [];
  readonly intervalsMs: number[] = [];

  readonly #newest = new Map<string, number>();
  readonly #counters = new Map<string, { t: number; value: number }>();
  /** What was withheld: its bytes, and its readings that have not come again. */
  #awaited: { bytes: Buffer; readings: Set<string>; isReconnected: boolean } | undefined;
  #disconnectedAt: number | undefined;
  #sequence: number | undefined;

  constructor(device: string) {
    this.device = device;
  }

  connected(packet: IConnectPacket, now: number): void {
    this.connections++;
    this.connect = packet;
    if (packet.clientId !== "" && packet.clientId !== this.device)
      keep(this.foreignClientIds, packet.clientId.slice(0, 80));
    if (this.#awaited) this.#awaited.isReconnected = true;
    if (this.#disconnectedAt === undefined) return;
    this.reconnectMsMin = Math.min(this.reconnectMsMin ?? Infinity, now - this.#disconnectedAt);
  }

  disconnected(now: number): void {
    this.#disconnectedAt = now;
  }

  /** `inFlight`: messages of the connection that have no PUBACK yet, this one included. */
  published(packet: IPublishPacket, inFlight: number, now: number): void {
    const { topic, qos, retain, dup } = packet;
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
    if (qos === 2) this.qos2++;
    if (this.#awaited?.isReconnected) {
      this.wentOn = true;
      // MQTT's own DUP says it of readings that have neither time nor number.
      if ((dup || !this.isUntold) && payload.equals(this.#awaited.bytes)) return this.#cameAgain();
    }
    this.#take(payload, now);
  }

  /** A message whose PUBACK will not come: it has to come again, alone or with others in a batch. */
  withhold(packet: IPublishPacket, now: number): void {
    this.withheld++;
    const bytes = Buffer.from(packet.payload);
    const names = readingsOf(bytes, this.device, now).map(nameOf);
    this.isUntold = names.length === 0 || names.includes(undefined);
    this.#awaited = { bytes, readings: new Set(names.flatMap((name) => name ?? [])), isReconnected: false };
  }

  #cameAgain(): void {
    this.returned++;
    this.#awaited = undefined;
  }

  #take(payload: Buffer, now: number): void {
    if ((payload[0] ?? 0) < 0x80) this.jsonMessages++;
    try {
      for (const reading of readingsOf(payload, this.device, now)) this.#reading(reading, now);
    } catch (error) {
      this.rejectedCount++;
      keep(this.rejected, messageOf(error));
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
    if (this.#awaited?.isReconnected && !this.isUntold) {
      this.#awaited.readings.delete(nameOf(reading) ?? "");
      if (this.#awaited.readings.size === 0) this.#cameAgain();
    }
    for (const [code, value] of Object.entries(r))
      if (registerOf(code)?.kind === "counter") this.#counter(`${code} of ${meter}`, t, value);
    const before = this.#newest.get(meter);
    if (before !== undefined && t <= before) return;
    this.#newest.set(meter, t);
    if (before === undefined) return;
    this.intervalsMs.push(t - before);
    if (this.intervalsMs.length > 1_000) this.intervalsMs.shift();
  }

  /** Not every reading has every counter: each is compared with its own last value. */
  #counter(name: string, t: number, value: number): void {
    const before = this.#counters.get(name);
    if (before ? t <= before.t : this.#counters.size >= COUNTERS_MAX) return;
    this.#counters.set(name, { t, value });
    if (before && value < before.value) keep(this.fallen, `${name} fell from ${before.value} to ${value}`);
  }
}

/** The readings of a message; throws what is wrong with it. */
const readingsOf = (payload: Buffer, device: string, now: number): NormalisedReading[] =>
  decodeMessage(payload).map(({ value, fault }) => {
    if (fault !== undefined) throw new Error(fault);
    return normalise(value, device, now, NO_LIMITS);
  });

/** What tells a reading from the device's others, when it has a time or a number of its own. */
function nameOf({ meter, t, s, quality }: NormalisedReading): string | undefined {
  if (!quality?.includes("server-time")) return `${meter} at ${t}`;
  return s === undefined ? undefined : `${meter} number ${s}`;
}

function keep(list: string[], item: string): void {
  if (list.length < FAULTS_MAX && !list.includes(item)) list.push(item);
}

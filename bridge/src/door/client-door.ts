import {
  brokerAddress,
  errorTopic,
  limitedLines,
  MESSAGE_BYTES_MAX,
  messageOf,
  parseDeviceTopic,
  problemOf,
  type DeviceTopicKind,
  type Ingest,
  type IngestResult,
} from "@smp/schemas";
import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from "mqtt";
import { pino, type Logger } from "pino";
import { Registry } from "prom-client";
import { Acknowledgements } from "./acknowledgements.ts";
import type { ClientDoorConfig } from "./config.ts";
import { LiveMirror } from "./live.ts";
import { createDoorMetrics, type ClientDoorMetrics } from "./metrics.ts";
import { connectOptions } from "./options.ts";
import type { LogHealth } from "../log.ts";
import { BACK_OFF, backOffMs, pause, type BackOff } from "../retry.ts";

const FILTERS = ["sm/v1/+/reading", "sm/v1/+/status", "sm/v1/+/info", "sm/v1/+/raw/#"] as const;
const TAKEN: ReadonlySet<DeviceTopicKind> = new Set(["reading", "status", "info", "raw"]);
const IN_FLIGHT_BYTES_MAX = 32 * 2 ** 20;
/** Four times the contract's limit: what is a little too large is kept among the rejected, a flood is not. */
const PAYLOAD_BYTES_MAX = 4 * MESSAGE_BYTES_MAX;
/** Errors and mirrors wait in the socket up to this; beyond, they are left out. */
const OUTGOING_BYTES_MAX = 2 ** 20;
const CLOSE_MS_MAX = 5_000;
const DISCONNECT_MS_MAX = 500;
const IGNORED = "a message on a topic that is not the contract's is ignored";

/** mqtt.js sends a PUBACK of its own when `handleMessage` ends without an error: this one keeps it back. */
const DEFERRED = new Error("acknowledged later");

export interface ClientDoorPorts {
  ingest: Ingest;
  logger?: Logger;
  metrics?: Registry;
  backOff?: BackOff;
}

export interface ClientDoor {
  readonly metrics: Registry;
  health(): Promise<LogHealth>;
  /** Takes a deleted meter's message off the live mirror, when the broker is there. */
  forget(meter: string): void;
  /** Lets the log answer for what is in flight, acknowledges it and ends; the session stays at the broker. */
  close(): Promise<void>;
}

/**
 * The door to somebody else's MQTT 3.1.1 broker: a client with a persistent session that acknowledges a message only
 * when the log holds it. It resolves before the first connection, which is tried until it is there: see `health`.
 *
 * A device is whoever the topic names: that nobody writes below another device's `sm/v1/{device}/` is the foreign
 * broker's access list's to guarantee.
 *
 * @example
 * const door = await startClientDoor(readClientDoorConfig(process.env), { ingest: createIngest({ log }), logger });
 */
export async function startClientDoor(config: ClientDoorConfig, ports: ClientDoorPorts): Promise<ClientDoor> {
  return new Door(config, ports, await connectOptions(config));
}

class Door implements ClientDoor {
  readonly metrics: Registry;
  readonly #config: ClientDoorConfig;
  readonly #ports: ClientDoorPorts;
  readonly #logger: Logger;
  readonly #metrics: ClientDoorMetrics;
  readonly #client: MqttClient;
  readonly #live: LiveMirror;
  readonly #pinging: NodeJS.Timeout;
  readonly #closing = new AbortController();
  readonly #lines = limitedLines();
  #acknowledgements: Acknowledgements | undefined;
  /** Callbacks of mqtt.js that are held back: it reads nothing meanwhile, and TCP holds the broker. */
  #held: (() => void)[] = [];
  #inFlight = 0;
  #inFlightBytes = 0;
  #failures = 0;
  #settled: (() => void) | undefined;
  #fault: string | undefined = "not yet connected";

  constructor(config: ClientDoorConfig, ports: ClientDoorPorts, options: IClientOptions) {
    this.#config = config;
    this.#ports = ports;
    this.#logger = ports.logger ?? pino({ level: "silent" });
    this.metrics = ports.metrics ?? new Registry();
    this.#metrics = createDoorMetrics(this.metrics);
    this.#live = new LiveMirror((topic, payload) => this.#publish(topic, payload, true));
    this.#client = mqtt.connect({ ...brokerAddress(config.url), ...options });
    this.#client.handleMessage = (packet, callback) => {
      this.#take(packet);
      if (this.#isFull) this.#held.push(() => callback(DEFERRED));
      else callback(DEFERRED);
    };
    this.#client.on("connect", () => void this.#subscribe());
    this.#client.on("error", (error) => {
      this.#fail(error.message);
      // Behind bytes that are no MQTT, or a refusal, mqtt.js waits for the broker to end the connection.
      this.#client.stream.destroy();
    });
    this.#client.on("close", () => void this.#reconnect());
    // While nothing is read no PINGRESP is either, and mqtt.js would take the broker for dead.
    this.#pinging = setInterval(() => {
      if (this.#held.length === 0 || !this.#client.connected) return;
      this.#client.sendPing();
      this.#client.reschedulePing(true);
    }, config.keepaliveSeconds * 500).unref();
  }

  health(): Promise<LogHealth> {
    const { url } = this.#config;
    if (this.#fault !== undefined) return Promise.resolve({ ok: false, detail: `${url}: ${this.#fault}` });
    if (!this.#ports.ingest.ready)
      return Promise.resolve({ ok: false, detail: "the log takes nothing: messages wait at the broker" });
    return Promise.resolve({ ok: true });
  }

  forget(meter: string): void {
    if (this.#config.live) this.#live.forget(meter);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#live.close();
    clearInterval(this.#pinging);
    if (this.#inFlight > 0) {
      const settled = new Promise<void>((resolve) => (this.#settled = resolve));
      await Promise.race([settled, pause(CLOSE_MS_MAX, new AbortController().signal)]);
    }
    this.#acknowledgements?.flush();
    // A stream that is held back never sees the broker's end, hence the limit.
    const ended = this.#client.endAsync(false).catch(() => undefined);
    await Promise.race([ended, pause(DISCONNECT_MS_MAX, new AbortController().signal)]);
    this.#client.stream.destroy();
  }

  get #isFull(): boolean {
    if (this.#closing.signal.aborted) return true;
    return this.#inFlight >= this.#config.inFlightMax || this.#inFlightBytes >= IN_FLIGHT_BYTES_MAX;
  }

  #take(packet: IPublishPacket): void {
    // After close() nothing more goes to the log: without a PUBACK the broker keeps it for the next connection.
    if (this.#closing.signal.aborted) return;
    const { stream } = this.#client;
    if (this.#acknowledgements?.stream !== stream) this.#acknowledgements = new Acknowledgements(stream);
    const acknowledge = packet.qos === 0 ? undefined : this.#acknowledgements.expect(packet.messageId ?? 0);
    const topic = parseDeviceTopic(packet.topic);
    if (!topic || !TAKEN.has(topic.kind)) {
      this.#metrics.ignored.inc({ reason: "topic" });
      this.#lines((unlogged) => this.#logger.warn({ topic: packet.topic, unlogged }, IGNORED));
      acknowledge?.();
      return;
    }
    const payload = Buffer.isBuffer(packet.payload) ? packet.payload : Buffer.from(packet.payload);
    if (payload.length > PAYLOAD_BYTES_MAX) {
      this.#refuseSize(topic.device, packet.topic, payload.length);
      acknowledge?.();
      return;
    }
    this.#metrics.messages.inc({ kind: topic.kind });
    void this.#answer(this.#ingest(topic.device, packet, payload), stream, acknowledge);
  }

  async #answer(
    isDurable: Promise<boolean>,
    stream: MqttClient["stream"],
    acknowledge: (() => void) | undefined,
  ): Promise<void> {
    if (await isDurable) acknowledge?.();
    // MQTT 3.1.1 sends again only on a new connection; the back-off gives the log time.
    else if (!this.#closing.signal.aborted) stream.destroy();
  }

  #refuseSize(device: string, topic: string, bytes: number): void {
    const detail = `The message has ${bytes} bytes, but at most ${MESSAGE_BYTES_MAX} are allowed: send smaller batches.`;
    this.#metrics.ignored.inc({ reason: "too-large" });
    this.#logger.warn({ topic, bytes }, "a message that is far too large is ignored");
    this.#tell(device, {
      accepted: [],
      rejected: [{ device, topic, code: "too-large", detail, received: Date.now(), payload: "" }],
    });
  }

  /** Whether the log holds the message. */
  async #ingest(device: string, { topic, retain }: IPublishPacket, payload: Buffer): Promise<boolean> {
    this.#count(1, payload.length);
    const measure = this.#metrics.acknowledgeSeconds.startTimer();
    try {
      const result = await this.#ports.ingest.take({
        device,
        topic,
        payload,
        received: Date.now(),
        ...(retain && { retained: true }),
      });
      measure();
      this.#failures = 0;
      this.#tell(device, result);
      return true;
    } catch (error) {
      this.#metrics.failed.inc();
      this.#fail(`the log did not take a message: ${messageOf(error)}`);
      return false;
    } finally {
      this.#count(-1, -payload.length);
    }
  }

  #count(messages: number, bytes: number): void {
    this.#inFlight += messages;
    this.#inFlightBytes += bytes;
    this.#metrics.inFlight.set(this.#inFlight);
    if (messages > 0) return;
    if (this.#inFlight === 0) this.#settled?.();
    const isLow =
      this.#inFlight <= this.#config.inFlightMax / 2 && this.#inFlightBytes <= IN_FLIGHT_BYTES_MAX / 2;
    if (isLow && !this.#closing.signal.aborted) for (const goOn of this.#held.splice(0)) goOn();
  }

  /** What devices and taps hear of a message. */
  #tell(device: string, { accepted, rejected }: IngestResult): void {
    for (const { code } of rejected) this.#metrics.rejected.inc({ code });
    const problem = problemOf(rejected);
    if (problem) this.#publish(errorTopic(device), JSON.stringify(problem), false);
    if (this.#config.live) this.#live.offer(accepted);
  }

  /** QoS 0; false while there is no connection, or the broker is slow to read. */
  #publish(topic: string, payload: string, retain: boolean): boolean {
    if (!this.#client.connected || this.#client.stream.writableLength > OUTGOING_BYTES_MAX) return false;
    this.#client.publish(topic, payload, { qos: 0, retain });
    return true;
  }

  /** Every time: a session that the broker kept may lack a topic, or be another version's. */
  async #subscribe(): Promise<void> {
    const { stream } = this.#client;
    const { share, url } = this.#config;
    const filters = FILTERS.map((filter) => (share === undefined ? filter : `$share/${share}/${filter}`));
    this.#metrics.connections.inc();
    try {
      const granted = await this.#client.subscribeAsync(filters, { qos: 1 });
      const refused = granted.filter(({ qos }) => qos !== 1).map(({ topic }) => topic);
      if (refused.length > 0) throw new Error(`the broker does not grant QoS 1 on ${refused.join(", ")}`);
      this.#fault = undefined;
      this.#logger.info({ url, filters }, "connected to the broker");
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      this.#fail(`not subscribed: ${messageOf(error)}`);
      stream.destroy();
    }
  }

  async #reconnect(): Promise<void> {
    this.#held = [];
    this.#acknowledgements = undefined;
    if (this.#closing.signal.aborted) return;
    this.#fault ??= "the connection ended";
    await pause(backOffMs(++this.#failures, this.#ports.backOff ?? BACK_OFF), this.#closing.signal);
    // A password or certificate may have been renewed meanwhile.
    await connectOptions(this.#config).then(
      (options) => Object.assign(this.#client.options, options),
      (error: Error) => this.#fail(error.message),
    );
    if (!this.#closing.signal.aborted) this.#client.reconnect();
  }

  #fail(why: string): void {
    if (this.#closing.signal.aborted) return;
    if (this.#fault !== why)
      this.#logger.error({ url: this.#config.url, why }, "the door to the broker is shut: it is tried again");
    this.#fault = why;
  }
}

import { once, type EventEmitter } from "node:events";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { Writable } from "node:stream";
import {
  deviceOf,
  type IncomingMessage,
  type Ingest,
  type IngestResult,
  type NormalisedReading,
} from "@smp/schemas";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { pino, type Logger } from "pino";
import { startBroker, type Broker, type BrokerPorts } from "../src/broker.ts";
import type { BrokerConfig } from "../src/config.ts";
import type { Limits } from "../src/limits.ts";
import { TestAuthority, type Credentials } from "./pki.ts";

export interface LogLine {
  level: number;
  reason?: string;
  address?: string;
  msg: string;
}

/** A logger whose lines the test can wait for. */
export function recordingLogger(): {
  logger: Logger;
  lines: LogLine[];
  line(reason: string): Promise<LogLine>;
} {
  const lines: LogLine[] = [];
  const waiting: { reason: string; resolve: (line: LogLine) => void }[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const line = JSON.parse(chunk.toString()) as LogLine;
      lines.push(line);
      for (const waiter of waiting.filter(({ reason }) => reason === line.reason)) {
        waiting.splice(waiting.indexOf(waiter), 1);
        waiter.resolve(line);
      }
      done();
    },
  });
  return {
    logger: pino({ level: "debug" }, stream),
    lines,
    line(reason) {
      const known = lines.find((line) => line.reason === reason);
      if (known) return Promise.resolve(known);
      return new Promise((resolve) => waiting.push({ reason, resolve }));
    },
  };
}

/** An ingest that the test plays by hand, message by message. */
export interface ScriptedIngest extends Ingest {
  ready: boolean;
  taken: {
    message: IncomingMessage;
    accept: (result?: Partial<IngestResult>) => void;
    fail: (error: Error) => void;
  }[];
  at(index: number): ScriptedIngest["taken"][number];
  /** Answers each message at once, when set. */
  answer: ((message: IncomingMessage) => Partial<IngestResult>) | undefined;
  /** Resolves when so many messages were taken in all. */
  count(messages: number): Promise<void>;
}

export function scriptedIngest(answer?: (message: IncomingMessage) => Partial<IngestResult>): ScriptedIngest {
  const waiting: { messages: number; resolve: () => void }[] = [];
  const ingest: ScriptedIngest = {
    ready: true,
    answer,
    taken: [],
    at(index) {
      const taken = ingest.taken.at(index);
      if (!taken) throw new Error(`no message ${index} was taken`);
      return taken;
    },
    take: (message) =>
      new Promise((resolve, reject) => {
        const accept = (result: Partial<IngestResult> = {}): void =>
          resolve({ accepted: [], rejected: [], ...result });
        ingest.taken.push({ message, accept, fail: reject });
        for (const waiter of waiting) if (ingest.taken.length >= waiter.messages) waiter.resolve();
        if (ingest.answer) accept(ingest.answer(message));
      }),
    count: (messages) =>
      ingest.taken.length >= messages
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push({ messages, resolve });
          }),
  };
  return ingest;
}

export const reading = (meter: string, t: number, r: Record<string, number>): NormalisedReading => ({
  meter,
  device: deviceOf(meter),
  t,
  received: t,
  r,
});

/** The packet of a client that a test speaks for by hand. */
export const CONNECT = {
  cmd: "connect",
  protocolId: "MQTT",
  protocolVersion: 4,
  clean: true,
  clientId: "m7",
  keepalive: 60,
} as const;

/** What a client emits next; MQTT.js' own types do not fit `events.once`. */
export const next = (client: MqttClient, event: "message" | "close" | "connect"): Promise<unknown[]> =>
  new Promise((resolve) => {
    (client as unknown as EventEmitter).once(event, (...facts: unknown[]) => resolve(facts));
  });

/** All clients of a test come from one address, and publish as fast as they can. */
export const LIFTED: Partial<Limits> = {
  connectionsPerAddressMax: 10_000,
  connectionsPerAddressPerSecond: 10_000,
  connectionsPerAddressBurst: 10_000,
  messagesPerSecond: 1_000_000,
  messagesBurst: 1_000_000,
  bytesPerSecond: 1_000_000_000,
  bytesBurst: 1_000_000_000,
  controlBytesPerSecond: 1_000_000_000,
  controlBytesBurst: 1_000_000_000,
  // A quick machine refuses more in a second than the log would take, and tests wait for the lines.
  logLinesPerSecondMax: 10_000,
};

/** A broker on a free port with certificates of its own, and clients for it. */
export class Harness {
  readonly authority: TestAuthority;
  readonly broker: Broker;
  readonly log: ReturnType<typeof recordingLogger>;
  readonly #clients: MqttClient[] = [];
  readonly #sockets: TLSSocket[] = [];

  private constructor(authority: TestAuthority, broker: Broker, log: ReturnType<typeof recordingLogger>) {
    this.authority = authority;
    this.broker = broker;
    this.log = log;
  }

  static async start(
    { limits, ...ports }: Partial<BrokerPorts> & { ingest: Ingest; limits?: Partial<Limits> },
    config: Partial<BrokerConfig> = {},
    authority: TestAuthority = new TestAuthority(),
  ): Promise<Harness> {
    const log = recordingLogger();
    const server = authority.leaf({
      san: "DNS:localhost,IP:127.0.0.1,URI:urn:smp:service:broker",
      commonName: "broker",
      usage: "serverAuth",
    });
    const broker = await startBroker(
      {
        host: "127.0.0.1",
        port: 0,
        certFile: server.certFile,
        keyFile: server.keyFile,
        caFile: authority.caFile,
        registryFile: "",
        limits: { ...LIFTED, ...limits },
        ...config,
      },
      { logger: log.logger, ...ports },
    );
    return new Harness(authority, broker, log);
  }

  /** A client that has not been answered yet. */
  open(credentials: Partial<Credentials>, options: IClientOptions = {}): MqttClient {
    const { cert, key } = credentials;
    const client = mqtt.connect(`mqtts://localhost:${this.broker.port}`, {
      ca: this.authority.ca,
      ...(cert && key ? { cert, key } : undefined),
      clientId: "",
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: 10_000,
      keepalive: 60,
      ...options,
    });
    client.on("error", () => undefined);
    client.setMaxListeners(0);
    this.#clients.push(client);
    return client;
  }

  async connect(credentials: Credentials, options: IClientOptions = {}): Promise<MqttClient> {
    const client = this.open(credentials, options);
    await new Promise<void>((resolve, reject) => {
      client.once("connect", () => resolve());
      client.once("error", reject);
      client.once("close", () => reject(new Error("closed before it was connected")));
    });
    return client;
  }

  /** The return code of a refused CONNECT, or "closed" when there was none. */
  async refused(credentials: Partial<Credentials>, options: IClientOptions = {}): Promise<number | "closed"> {
    const client = this.open(credentials, options);
    return new Promise((resolve, reject) => {
      client.once("connect", () => reject(new Error("was let in")));
      client.on("error", (error) => {
        if ("code" in error && typeof error.code === "number") resolve(error.code);
      });
      client.once("close", () => resolve("closed"));
    });
  }

  /** A bare TLS connection, for bytes that no MQTT client sends. */
  async socket({ cert, key }: Pick<Credentials, "cert" | "key">): Promise<TLSSocket> {
    const socket = connectTls({
      port: this.broker.port,
      host: "127.0.0.1",
      servername: "localhost",
      ca: this.authority.ca,
      cert,
      key,
    });
    socket.on("error", () => undefined);
    this.#sockets.push(socket);
    await Promise.race([
      once(socket, "secureConnect"),
      once(socket, "close").then(() => {
        throw new Error("closed before the handshake was done");
      }),
    ]);
    return socket;
  }

  /** Keeps the certificates, when told to, for the next broker. */
  async close(removeAuthority = true): Promise<void> {
    for (const client of this.#clients) client.end(true);
    for (const socket of this.#sockets) socket.destroy();
    await this.broker.close();
    if (removeAuthority) this.authority.remove();
  }
}

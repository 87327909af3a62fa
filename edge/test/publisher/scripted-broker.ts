import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { Aedes } from "aedes";
import { decode } from "cborg";
import type { Reading } from "@smp/schemas";
import { onTestFinished } from "vitest";

export interface Delivery {
  topic: string;
  payload: Buffer;
  /** Empty for anything but readings. */
  readings: Reading[];
}

/** A broker that answers as the test tells it to, and notes what it acknowledged. */
export interface ScriptedBroker {
  readonly port: number;
  readonly url: string;
  /** Messages that got their PUBACK, in order. */
  readonly acknowledged: Delivery[];
  /** Messages that came in, acknowledged or not. */
  readonly received: Delivery[];
  readonly connections: number;
  /** Readings messages without PUBACK at the same time, at most. */
  readonly inFlightMax: number;
  /** `hold`: no PUBACK for readings. Going back to `ack` also answers what was held. */
  answer: "ack" | "hold";
  /** Answers each CONNECT with "server unavailable", code 3. */
  busy: boolean;
  /** CONNECTs refused so. */
  readonly refused: number;
  /** Called for each message before its answer. */
  onReceived: ((delivery: Delivery) => void) | undefined;
  /** How many readings were acknowledged. */
  readonly readings: number;
  /** All numbers `s` of acknowledged readings, in order of arrival. */
  sequences(): number[];
  /** Ends all connections without a goodbye. */
  drop(): void;
  /** Nobody listens, until `listen`. */
  stop(): Promise<void>;
  listen(): Promise<void>;
  send(topic: string, payload: string): Promise<void>;
}

export async function scriptedBroker(tls?: TlsOptions): Promise<ScriptedBroker> {
  const aedes = await Aedes.createBroker({ drainTimeout: 3_000 });
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  let answer: "ack" | "hold" = "ack";
  let held: (() => void)[] = [];
  let [port, connections, open, inFlightMax, readings, refused] = [0, 0, 0, 0, 0, 0];
  const acknowledged: Delivery[] = [];
  const received: Delivery[] = [];

  aedes.authenticate = (_client, _name, _password, done) => {
    if (!broker.busy) return done(null, true);
    refused++;
    done(Object.assign(new Error("busy"), { returnCode: 3 }), false);
  };
  aedes.authorizePublish = (client, packet, done) => {
    const payload = Buffer.from(packet.payload);
    const delivery = { topic: packet.topic, payload, readings: readingsOf(packet.topic, payload) };
    received.push(delivery);
    if (delivery.readings.length > 0) inFlightMax = Math.max(inFlightMax, ++open);
    broker.onReceived?.(delivery);
    const reply = (): void => {
      if (delivery.readings.length > 0) open--;
      // Without a client there is nobody who could get the PUBACK.
      if (client && !client.closed) {
        acknowledged.push(delivery);
        readings += delivery.readings.length;
      }
      done(null);
    };
    if (answer === "hold" && delivery.readings.length > 0) held.push(reply);
    else reply();
  };
  const accept = (socket: Socket): void => {
    connections++;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    aedes.handle(socket);
  };
  const broker: ScriptedBroker = {
    get port() {
      return port;
    },
    get url() {
      return `${tls ? "mqtts" : "mqtt"}://localhost:${port}`;
    },
    acknowledged,
    received,
    get connections() {
      return connections;
    },
    get inFlightMax() {
      return inFlightMax;
    },
    get answer() {
      return answer;
    },
    set answer(value) {
      answer = value;
      if (value === "ack") for (const reply of held.splice(0)) reply();
    },
    busy: false,
    get refused() {
      return refused;
    },
    onReceived: undefined,
    get readings() {
      return readings;
    },
    sequences: () =>
      acknowledged.flatMap(({ readings }) => readings.map((reading) => reading.s ?? Number.NaN)),
    drop() {
      held = [];
      open = 0;
      for (const socket of sockets) socket.destroy();
    },
    async stop() {
      const closing = server;
      server = undefined;
      broker.drop();
      if (closing) await new Promise((resolve) => closing.close(resolve));
    },
    async listen() {
      server = tls
        ? createTlsServer({ requestCert: true, rejectUnauthorized: true, ...tls }, accept)
        : createServer(accept);
      server.listen(port, "localhost");
      await once(server, "listening");
      port = (server.address() as AddressInfo).port;
    },
    send: (topic, payload) =>
      new Promise((resolve, reject) =>
        aedes.publish({ cmd: "publish", topic, payload, qos: 0, retain: false, dup: false }, (error) =>
          error ? reject(error) : resolve(),
        ),
      ),
  };
  await broker.listen();
  onTestFinished(async () => {
    await broker.stop();
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
  });
  return broker;
}

function readingsOf(topic: string, payload: Buffer): Reading[] {
  if (!topic.endsWith("/reading")) return [];
  const message = decode(payload) as Reading | Reading[];
  return [message].flat();
}

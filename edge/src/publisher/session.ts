import type { IClientOptions, MqttClient } from "mqtt";
import { brokerAddress, PlatformError, statusTopic } from "@smp/schemas";
import type { Credentials } from "../certificate/credentials.ts";
import { explainConnectionError } from "../explain.ts";

const CONNECT_MS_MAX = 20_000;
/** Under load the broker does not read pings that stand behind held messages: 1.5 times this is its patience. */
const KEEPALIVE_S = 60;
const END_MS_MAX = 1_000;

export interface SessionOptions {
  /** `mqtts://host:8883`; `mqtt://` without credentials. */
  url: string;
  device: string;
  credentials?: Credentials | undefined;
  /** How long the broker may take to acknowledge that the device is online. */
  ackMsMax: number;
  /** Ends the attempt. */
  signal: AbortSignal;
  onMessage(topic: string, payload: Buffer): void;
}

/** One connection to the broker, from its first PUBACK to its end. There is no second life: the next one is a new session. */
export interface Session {
  /** Resolves on PUBACK; rejects when the connection ends before. */
  publish(topic: string, payload: Buffer | string, options?: { retain?: boolean }): Promise<void>;
  /** Resolves when the broker agreed, rejects when it refused. */
  subscribe(topic: string): Promise<void>;
  /** Resolves with the reason when the connection has ended. */
  readonly closed: Promise<string>;
  readonly isOpen: boolean;
  /** Says goodbye; a `hard` end drops the line. */
  end(options?: { hard?: boolean }): Promise<void>;
}

/** Connects and says online; rejects with a PlatformError that says what to look at. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { connect } = await import("mqtt"); // a detached reader never needs it
  const client = connect({ ...brokerAddress(options.url), ...clientOptions(options) });
  client.on("message", (topic, payload) => options.onMessage(topic, payload));
  let lastError: Error | undefined;
  // The listener stays: an error without one would end the process.
  client.on("error", (error) => (lastError = error));
  const { host } = new URL(options.url);
  const closed = new Promise<string>((resolve) => {
    client.once("close", () =>
      resolve(explainConnectionError(lastError ?? new Error("closed by the broker"), host)),
    );
  });
  const giveUp = (): void => void client.end(true);
  options.signal.addEventListener("abort", giveUp, { once: true });
  if (options.signal.aborted) giveUp();
  let patience: NodeJS.Timeout | undefined;
  try {
    const opened = new Promise<true>((resolve) => client.once("connect", () => resolve(true)));
    if ((await Promise.race([opened, closed])) !== true) {
      client.end(true);
      const error = lastError ?? new Error("closed before it was established");
      throw new PlatformError("broker-unreachable", explainConnectionError(error, host), {
        retryable: true,
        cause: error,
      });
    }
    patience = setTimeout(() => {
      lastError = new Error(`the broker at ${host} lets the device in, but acknowledges nothing`);
      giveUp();
    }, options.ackMsMax);
    const made = session(client, closed);
    await made.publish(statusTopic(options.device), "online", { retain: true });
    return made;
  } finally {
    clearTimeout(patience);
    options.signal.removeEventListener("abort", giveUp);
  }
}

function clientOptions({ device, credentials }: SessionOptions): IClientOptions {
  return {
    protocolVersion: 4,
    clientId: device,
    clean: true, // what is unacknowledged is in the journal; a queue in the broker would be a second truth
    reconnectPeriod: 0, // each connection is a new client: callbacks of an old one cannot be taken for ours
    resubscribe: false,
    queueQoSZero: false,
    connectTimeout: CONNECT_MS_MAX,
    keepalive: KEEPALIVE_S,
    reschedulePings: false, // else messages into a dead line put off the ping that would find it out
    will: { topic: statusTopic(device), payload: Buffer.from("offline"), qos: 1, retain: true },
    ...(credentials && {
      ca: credentials.ca,
      cert: credentials.cert,
      key: credentials.key,
      rejectUnauthorized: true,
      minVersion: "TLSv1.2",
    }),
  };
}

function session(client: MqttClient, closed: Promise<string>): Session {
  const lost = closed.then((reason): never => {
    throw new PlatformError("broker-lost", reason, { retryable: true });
  });
  lost.catch(() => undefined); // whoever publishes races against it; when nobody does, nobody needs it
  return {
    closed,
    get isOpen() {
      return client.connected;
    },
    async publish(topic, payload, { retain = false } = {}) {
      // Of a connection that ended it is the connection that says why.
      const sent = client
        .publishAsync(topic, payload, { qos: 1, retain })
        .catch((error: unknown) =>
          client.connected && !client.disconnecting ? Promise.reject(error) : lost,
        );
      await Promise.race([sent, lost]);
    },
    async subscribe(topic) {
      await Promise.race([client.subscribeAsync(topic, { qos: 0 }), lost]);
    },
    async end({ hard = false } = {}) {
      client.end(hard);
      // A soft end waits for every answer that is still due, and a second end() would do nothing.
      const timer = setTimeout(() => client.stream.destroy(), END_MS_MAX);
      timer.unref();
      await closed;
      clearTimeout(timer);
    },
  };
}

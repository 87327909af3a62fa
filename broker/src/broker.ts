import { Aedes, type Client, type PublishPacket } from "aedes";
import type { Ingest } from "@smp/schemas";
import { pino, type Logger } from "pino";
import type { Registry as MetricsRegistry } from "prom-client";
import type { BrokerConfig } from "./config.ts";
import { acceptConnections } from "./connections.ts";
import { createHooks } from "./hooks.ts";
import { LIMITS } from "./limits.ts";
import { createLiveMirror } from "./live.ts";
import { createMessageHandler, type MessageHandler } from "./messages.ts";
import { createMetrics } from "./metrics.ts";
import { refusalLog, type Refuse } from "./refusal-log.ts";
import { Refusal } from "./refusal.ts";
import type { Registry } from "./registry.ts";
import { certificateRefusal, createSessions, type Sessions } from "./sessions.ts";
import { createTlsServer, listen } from "./tls.ts";

export interface BrokerPorts {
  ingest: Ingest;
  /** Without one every certificate of the CA counts until it expires. */
  registry?: Registry;
  logger?: Logger;
  /** Where the broker's figures go; its own registry if absent. */
  metrics?: MetricsRegistry;
  /** Other limits than the broker's own, for tests. */
  limits?: Partial<{ -readonly [Name in keyof typeof LIMITS]: number }>;
}

export interface BrokerHealth {
  /** false while the log takes nothing: devices keep their readings meanwhile. */
  ok: boolean;
  detail?: string;
  sessions: number;
}

export interface Broker {
  port: number;
  metrics: MetricsRegistry;
  health(): BrokerHealth;
  /** Ends all sessions and waits for messages that the ingest still holds. The ingest stays open. */
  close(): Promise<void>;
}

/**
 * Starts the MQTT broker: mutual TLS, identity from the certificate, and a PUBACK only after `ingest.take` resolved.
 *
 * @example
 * const broker = await startBroker(readConfig(process.env), { ingest, registry, logger });
 */
export async function startBroker(config: BrokerConfig, ports: BrokerPorts): Promise<Broker> {
  const { ingest, registry, logger = pino({ level: "silent" }) } = ports;
  const limits = { ...LIMITS, ...ports.limits };
  const metrics = createMetrics(ports.metrics);
  const refuse = refusalLog(logger, metrics, limits.logLinesPerSecondMax);
  const server = await createTlsServer(config, limits.handshakeTimeoutMs);
  const sessions = createSessions({
    registry,
    perIdentityMax: config.sessionsPerIdentityMax,
    limits,
    gauge: metrics.sessions,
  });
  const publish = (topic: string, payload: string, retain = false): Promise<void> =>
    new Promise((resolve) => {
      broker.publish({ cmd: "publish", topic, payload, qos: 0, retain, dup: false }, () => resolve());
    });
  const live = createLiveMirror({
    publish: (topic, payload) => publish(topic, payload, true),
    isListened: sessions.isListened,
    intervalMs: limits.liveIntervalMs,
    metersMax: limits.liveMetersMax,
  });
  const messages = createMessageHandler({
    ingest,
    metrics,
    publish: (topic, payload) => void publish(topic, payload),
    offerLive: live.offer,
  });
  const connections = acceptConnections({
    server,
    broker: () => broker,
    refuse,
    onClose: sessions.remove,
    config,
    limits,
  });
  const watch = watchOver({ ingest, registry, sessions, refuse, limits });
  const broker = await Aedes.createBroker({
    ...createHooks({
      peerOf: connections.peerOf,
      sessions,
      registry,
      messages,
      live,
      refuse,
      isLogAway: watch.isLogAway,
      limits,
    }),
    connectTimeout: limits.connectTimeoutMs,
    drainTimeout: limits.drainTimeoutMs,
    maxTopicLevels: limits.topicLevelsMax,
    queueLimit: limits.earlyPacketsMax,
  });
  keepReadingsOffTheRoutes(broker, messages);
  followClients(broker, { sessions, refuse, logger });
  const port = await listen(server, config.host, config.port);
  logger.info({ host: config.host, port }, "broker listens");
  return {
    port,
    metrics: metrics.registry,
    health() {
      const base = { ok: ingest.ready, sessions: sessions.count };
      return ingest.ready
        ? base
        : { ...base, detail: "The log takes no messages: devices are not answered and keep their readings." };
    },
    async close() {
      watch.stop();
      live.close();
      const serverClosed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      await new Promise<void>((resolve) => {
        broker.close(() => resolve());
      });
      await Promise.race([
        messages.settled(),
        new Promise((resolve) => setTimeout(resolve, limits.closeTimeoutMs).unref()),
      ]);
      connections.destroyAll();
      await serverClosed;
    },
  };
}

type Publish = (packet: PublishPacket, client?: unknown, done?: (error?: Error | null) => void) => void;

/** Nobody may subscribe to readings: what the ingest has taken needs no way through Aedes' queues. */
function keepReadingsOffTheRoutes(broker: Aedes, messages: MessageHandler): void {
  const route = broker.publish.bind(broker) as Publish;
  const publish: Publish = (packet, client, done) => {
    const isFromDevice = typeof client === "object" && client !== null;
    if (isFromDevice && !messages.isRouted(packet)) done?.(null);
    else route(packet, client, done);
  };
  Object.assign(broker, { publish });
}

interface Watched {
  ingest: Ingest;
  registry: Registry | undefined;
  sessions: Sessions;
  refuse: Refuse;
  limits: { logAwayMs: number; expirySweepMs: number };
}

/** Ends sessions whose certificate counts no more, at once on revocation; and knows for how long the log is away. */
function watchOver({ ingest, registry, sessions, refuse, limits }: Watched): {
  isLogAway(): boolean;
  stop(): void;
} {
  let awaySince: number | undefined;
  const sweep = (): void => {
    for (const [client, session] of sessions.all()) {
      const refusal = certificateRefusal(session.identity, registry);
      if (!refusal || session.ended) continue;
      session.ended = true;
      refuse(refusal, { address: session.address, session: session.name });
      client.close();
    }
  };
  const note = (): void => {
    awaySince = ingest.ready ? undefined : (awaySince ?? performance.now());
  };
  const timers = [
    setInterval(sweep, limits.expirySweepMs),
    setInterval(note, Math.min(1_000, limits.logAwayMs)),
  ];
  for (const timer of timers) timer.unref();
  const stopListening = registry?.onChange(sweep);
  return {
    isLogAway: () =>
      !ingest.ready && awaySince !== undefined && performance.now() - awaySince >= limits.logAwayMs,
    stop() {
      for (const timer of timers) clearInterval(timer);
      stopListening?.();
    },
  };
}

/** Errors of Aedes that only say that a connection is gone. */
const GONE =
  /^(?:connection closed|read ECONNRESET|write EPIPE|Premature close|write ECONNRESET|This socket has been ended)/;
const REASONS: Readonly<Record<string, string>> = {
  "keep alive timeout": "keepalive-timeout",
  "drain timeout": "frozen-subscriber",
  "connect did not arrive in time": "connect-timeout",
  "unacceptable protocol version": "protocol-version",
};

function followClients(
  broker: Aedes,
  { sessions, refuse, logger }: { sessions: Sessions; refuse: Refuse; logger: Logger },
): void {
  const onError = (client: Client, error: Error): void => {
    // A refusal was logged where it was decided.
    if (error instanceof Refusal) return;
    const session = sessions.of(client);
    if (GONE.test(error.message))
      return logger.debug({ session: session?.name, err: error.message }, "connection lost");
    const reason = REASONS[error.message] ?? "protocol";
    refuse(new Refusal(reason, `${session?.name ?? "A client"} was disconnected: ${error.message}.`), {
      session: session?.name,
      address: session?.address,
    });
  };
  broker.on("clientError", onError);
  broker.on("connectionError", onError);
  broker.on("clientReady", (client) => logger.debug({ session: client.id }, "client connected"));
  broker.on("clientDisconnect", (client) => {
    logger.debug({ session: client.id }, "client disconnected");
    sessions.remove(client);
  });
  broker.on("unsubscribe", (filters, client) => sessions.unsubscribed(client, filters));
  // Aedes has no typed "error" event, yet emits one when its persistence fails.
  (broker as NodeJS.EventEmitter).on("error", (error: Error) =>
    logger.error({ err: error }, "the broker's memory failed"),
  );
}

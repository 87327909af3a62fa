import { Aedes } from "aedes";
import type { Ingest } from "@smp/schemas";
import { pino, type Logger } from "pino";
import type { Registry as MetricsRegistry } from "prom-client";
import { breakRecursion, followClients, keepReadingsOffTheRoutes } from "./clients.ts";
import type { BrokerConfig } from "./config.ts";
import { acceptConnections } from "./connections.ts";
import { homeAssistantDiscovery } from "./home-assistant.ts";
import { createHooks } from "./hooks.ts";
import { LIMITS } from "./limits.ts";
import { LiveMirror } from "./live.ts";
import { createMessageHandler } from "./messages.ts";
import { createMetrics } from "./metrics.ts";
import { refusalLog } from "./refusal-log.ts";
import type { Registry } from "./registry.ts";
import { createSessions } from "./sessions.ts";
import { createTlsServer, followCredentials, listen } from "./tls.ts";
import { watchOver } from "./watch.ts";

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
  const perIdentityMax = config.sessionsPerIdentityMax;
  const sessions = createSessions({ registry, perIdentityMax, limits, gauge: metrics.sessions });
  const publish = (topic: string, payload: string, retain = false): Promise<void> =>
    new Promise((resolve) => {
      broker.publish({ cmd: "publish", topic, payload, qos: 0, retain, dup: false }, () => resolve());
    });
  const live = new LiveMirror({
    publish: (topic, payload) => publish(topic, payload, true),
    isListened: () => sessions.isListened(),
    intervalMs: limits.liveIntervalMs,
    metersMax: limits.liveMetersMax,
    outstandingMax: limits.liveOutstandingMax,
  });
  const metersMax = config.homeAssistant ? limits.homeAssistantMetersMax : 0;
  const announce = homeAssistantDiscovery((topic, payload) => void publish(topic, payload, true), metersMax);
  const messages = createMessageHandler({
    ingest,
    metrics,
    publish: (topic, payload) => void publish(topic, payload),
    offerLive: (readings) => {
      announce(readings);
      live.offer(readings);
    },
  });
  const { peerOf, destroyAll } = acceptConnections({
    server,
    broker: () => broker,
    refuse,
    sessions,
    config,
    limits,
  });
  const { isLogAway, stop: stopWatching } = watchOver({ ingest, registry, sessions, refuse, limits });
  const broker = await Aedes.createBroker({
    ...createHooks({ peerOf, sessions, registry, messages, live, refuse, isLogAway, limits }),
    connectTimeout: limits.connectTimeoutMs,
    drainTimeout: limits.drainTimeoutMs,
    maxTopicLevels: limits.topicLevelsMax,
    queueLimit: limits.earlyPacketsMax,
  });
  breakRecursion(broker);
  keepReadingsOffTheRoutes(broker, messages);
  followClients(broker, { sessions, refuse, logger });
  const stopFollowing = followCredentials(server, config, logger, limits.credentialsPollMs);
  server.on("error", (error) => logger.error({ err: error }, "a connection could not be accepted"));

  async function close(): Promise<void> {
    stopWatching();
    stopFollowing();
    live.close();
    const serverClosed = new Promise((resolve) => server.close(resolve));
    await new Promise<void>((resolve) => broker.close(resolve));
    await Promise.race([messages.settled(), timeout(limits.closeTimeoutMs)]);
    destroyAll();
    await serverClosed;
  }
  try {
    const port = await listen(server, config.host, config.port);
    logger.info({ host: config.host, port }, "broker listens");
    return { port, metrics: metrics.registry, health: () => healthOf(ingest, sessions.count), close };
  } catch (error) {
    await close();
    throw error;
  }
}

const timeout = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

function healthOf(ingest: Ingest, sessions: number): BrokerHealth {
  if (ingest.ready) return { ok: true, sessions };
  const detail = "The log takes no messages: devices are not answered and keep their readings.";
  return { ok: false, detail, sessions };
}

import { once, setMaxListeners } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { PlatformError } from "@smp/schemas";
import { createApp } from "./app.ts";
import type { ApiConfig } from "./config.ts";
import { guardConnections } from "./limits/connections.ts";
import { startPriceFetch } from "./prices/fetch.ts";
import type { ApiPorts } from "./ports.ts";

export interface RunningApi {
  port: number;
  url: string;
  /** Stops listening, ends live streams, lets other answers finish for up to a second. A second call does nothing. */
  close(): Promise<void>;
}

/** The part of all connections that one address, or IPv6 /64, may hold. */
const PER_NETWORK = 1 / 4;
/** A connection on which nothing moves for so long is closed; heartbeats and queries' patience are shorter. */
const IDLE_MS_MIN = 120_000;
const IDLE_QUERIES = 16;
const CLOSE_MS = 1_000;

/** Serves the API and the app over HTTP. Port 0 takes a free one. */
export async function startApi(config: ApiConfig, ports: ApiPorts): Promise<RunningApi> {
  const closing = new AbortController();
  // Every live stream waits for it.
  setMaxListeners(0, closing.signal);
  const app = createApp(config, { ...ports, closing: closing.signal });
  const server = createAdaptorServer({
    fetch: app.fetch,
    // Its Response, of which the runtime's is the base, takes that one's place in the process: it keeps a text as it is, where the
    // runtime's makes a stream of it, that would be read back.
    overrideGlobalObjects: true,
    createServer,
    // For requests without a Host, such as HAProxy's health checks in HTTP/1.0.
    hostname: "localhost",
    // requestTimeout: how long a client may take to send its request; an answer, such as a live stream, may take longer.
    serverOptions: {
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 5_000,
      maxHeaderSize: 8_192,
    },
  }) as Server;
  server.maxConnections = config.limits.connectionsMax;
  server.timeout = Math.max(IDLE_MS_MIN, IDLE_QUERIES * config.limits.queryMs);
  const guard = guardConnections(server, {
    perNetworkMax: Math.ceil(server.maxConnections * PER_NETWORK),
    trustedProxies: config.trustedProxies,
    logger: ports.logger,
  });
  await listen(server, config);
  // One connection that the system does not let in, as when no file can be opened, is not the end of all.
  server.on("error", (error) => ports.logger.error({ err: error }, "a connection could not be accepted"));
  const { port } = server.address() as AddressInfo;
  const prices = config.prices && startPriceFetch(config.prices, ports);
  const host = config.host.includes(":") ? `[${config.host}]` : config.host;
  const close = async (): Promise<void> => {
    closing.abort();
    guard.stop();
    await prices?.close();
    await closed(server, guard.breakOff);
  };
  let result: Promise<void> | undefined;
  return { port, url: `http://${host}:${port}`, close: () => (result ??= close()) };
}

async function listen(server: Server, { host, port }: ApiConfig): Promise<void> {
  // Many may come at once: after a restart all live streams do.
  server.listen({ port, host, backlog: 2_048 });
  try {
    await once(server, "listening");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "EADDRINUSE")
      throw new PlatformError(
        "port-taken",
        `Port ${port} on ${host} is taken: set SMP_HTTP_PORT to another one.`,
        { cause: error },
      );
    if (code === "EACCES")
      throw new PlatformError(
        "port-forbidden",
        `This user may not open port ${port}: set SMP_HTTP_PORT to one above 1023.`,
        { cause: error },
      );
    throw new PlatformError(
      "listen",
      `Cannot listen on ${host} port ${port} (${code}): check SMP_HTTP_HOST and SMP_HTTP_PORT.`,
      { cause: error },
    );
  }
}

/** Waits for the answers under way, for up to a second, and for the connections to end. */
async function closed(server: Server, breakOff: () => void): Promise<void> {
  const ended = new Promise<void>((resolve) => server.close(() => resolve()));
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  const late = setTimeout(breakOff, CLOSE_MS);
  await ended;
  clearInterval(idle);
  clearTimeout(late);
}

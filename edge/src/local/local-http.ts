import { serve } from "@hono/node-server";
import { PlatformError } from "@smp/schemas";
import { Hono } from "hono";
import type { AddressInfo } from "node:net";
import { edgeMetrics } from "./metrics.ts";
import { healthOf, type EdgeStatus, type LatestReadings } from "./status.ts";

const HOST = "127.0.0.1";
/** A web page may make a browser ask this port under a name of its own; it must not see a household's readings. */
const LOCAL_NAMES = new Set(["localhost", "127.0.0.1", "[::1]"]);

export interface LocalPorts {
  status: () => EdgeStatus;
  latest: () => LatestReadings;
}

export interface LocalHttp {
  readonly port: number;
  close(): Promise<void>;
}

/** `/healthz`, `/metrics` and `/latest`. */
export function localApp({ status, latest }: LocalPorts): Hono {
  const app = new Hono();
  const metrics = edgeMetrics(status);
  app.use(async (c, next) => {
    const name = (c.req.header("host") ?? "").replace(/:\d+$/, "");
    if (!LOCAL_NAMES.has(name)) return c.text("Only for this machine: ask localhost.", 403);
    return next();
  });
  app.get("/healthz", (c) => {
    const health = healthOf(status());
    return c.json(health, health.status === "ok" ? 200 : 503);
  });
  app.get("/metrics", async (c) =>
    c.body(await metrics.metrics(), 200, { "content-type": metrics.contentType }),
  );
  app.get("/latest", (c) =>
    c.json(latest().map(({ name, m, t, received, r }) => ({ name, m, t, received, r }))),
  );
  return app;
}

/** Serves on loopback only. Port 0 takes any free one. */
export async function startLocalHttp(port: number, ports: LocalPorts): Promise<LocalHttp> {
  const app = localApp(ports);
  const server = serve({ fetch: app.fetch, port, hostname: HOST });
  const address = await new Promise<AddressInfo>((done, fail) => {
    server.once("listening", () => done(server.address() as AddressInfo));
    server.once("error", (error: NodeJS.ErrnoException) =>
      fail(
        error.code === "EADDRINUSE"
          ? new PlatformError(
              "port-taken",
              `port ${port} of this machine is taken: set SMP_EDGE_HTTP_PORT to another one, or to "off"`,
              { cause: error },
            )
          : error,
      ),
    );
  });
  return {
    port: address.port,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}

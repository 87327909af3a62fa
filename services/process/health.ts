/**
 * The health and the figures of a process that has no API.
 */
import { createServer, type IncomingMessage } from "node:http";
import { hostname } from "node:os";
import { processMetrics } from "@smp/bridge";
import {
  askChecks,
  Checked,
  isLocalName,
  networkOf,
  PlatformError,
  readyFigures,
  shared,
  type Check,
  type CheckResult,
} from "@smp/schemas";
import type { Closable } from "./process.ts";

/** Tells whoever asks of a process' parts, and their figures. */
export type TellHealth = (checks: Record<string, Check>, metrics: () => Promise<string>) => Promise<Closable>;

/** Where a process without an API is asked: `SMP_HEALTH_HOST` (127.0.0.1), `SMP_HEALTH_PORT`. */
export function healthAddress(usualPort = 9100): { host: string; port: number } {
  const checked = new Checked(process.env);
  const host = checked.text("SMP_HEALTH_HOST", { fallback: "127.0.0.1" });
  const port = checked.integer("SMP_HEALTH_PORT", { min: 0, max: 65_535, fallback: usualPort });
  checked.throwIfFaulty();
  return { host, port };
}

/** Health and figures of a process without an API: its parts', and what the process itself takes. */
export async function openHealth(
  checks: Record<string, Check>,
  metrics: () => Promise<string>,
  usualPort?: number,
): Promise<Closable & { port: number }> {
  return await startHealth(healthAddress(usualPort), { checks, metrics: joined(processMetrics(), metrics) });
}

/** The metrics of several parts as one text. */
export const joined =
  (...texts: (() => Promise<string>)[]) =>
  async (): Promise<string> =>
    (await Promise.all(texts.map((text) => text()))).join("\n");

const CHECK_MS = 4_000;

export interface HealthPorts {
  checks: Record<string, Check>;
  /** Whether all that works for this process works at all, be it ready or not; that it answers says so where it works alone. */
  alive?: Check;
  metrics: () => Promise<string>;
  checkMs?: number;
}

interface Asked {
  metrics: () => Promise<string>;
  alive: Check;
  checks: () => Promise<[string, CheckResult][]>;
}

async function answerHealth(
  { url: path = "/", headers, socket }: IncomingMessage,
  { metrics, alive, checks }: Asked,
): Promise<{ status: number; type: string; body: string }> {
  const { remoteAddress = "" } = socket;
  const isHere = remoteAddress === "::1" || networkOf(remoteAddress).startsWith("127.");
  // A browser of this machine would tell a web page whose own name leads here.
  if (isHere && !isLocalName(headers.host, hostname()))
    return { status: 403, type: "text/plain", body: "ask by localhost, 127.0.0.1 or this machine's name\n" };
  if (path === "/healthz") {
    const { ok, detail = "ok" } = await alive();
    return { status: ok ? 200 : 503, type: "text/plain", body: `${detail}\n` };
  }
  if (path === "/metrics") {
    const [own, results] = await Promise.all([metrics(), checks()]);
    return { status: 200, type: "text/plain; version=0.0.4", body: `${own}\n${readyFigures(results)}` };
  }
  if (path !== "/readyz") return { status: 404, type: "text/plain", body: "healthz, readyz or metrics\n" };
  const results = await checks();
  const ok = results.every(([, check]) => check.ok);
  return {
    status: ok ? 200 : 503,
    type: "application/json",
    body: `${JSON.stringify({ ok, checks: Object.fromEntries(results) })}\n`,
  };
}

/** `/healthz`, `/readyz` and `/metrics` of a process that has no API, on the loopback address unless told otherwise. */
export async function startHealth(
  options: { host: string; port: number },
  ports: HealthPorts,
): Promise<Closable & { port: number }> {
  const { checks, checkMs = CHECK_MS, metrics, alive = () => Promise.resolve({ ok: true }) } = ports;
  const asked = { metrics, alive: shared(alive), checks: shared(() => askChecks(checks, checkMs)) };
  const server = createServer((request, response) => {
    void answerHealth(request, asked)
      .catch((error: unknown) => ({ status: 500, type: "text/plain", body: `${String(error)}\n` }))
      .then(({ status, type, body }) => response.writeHead(status, { "content-type": type }).end(body));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? new PlatformError(
              "port-taken",
              `Port ${options.port} is taken: set SMP_HEALTH_PORT to another one.`,
              { cause: error },
            )
          : error,
      ),
    );
    server.listen(options.port, options.host, resolve);
  });
  // One connection that the system does not let in is not the end of the process.
  server.on("error", () => undefined);
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

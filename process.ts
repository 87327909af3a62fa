/**
 * What every process of the platform shares: its log, its end on a signal, and the health of those without an API.
 */
import { createServer, type IncomingMessage } from "node:http";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Checked, isLocalName, networkOf, PlatformError, shared } from "@smp/schemas";
import { pino, type Logger } from "pino";
import pretty from "pino-pretty";

export interface Closable {
  close(): Promise<void>;
}

export interface Check {
  ok: boolean;
  detail?: string | undefined;
}

const STOP_MS_MAX = 10_000;
/** Lines that could not be written wait up to this; what comes beyond is lost. */
const LOG_BYTES_MAX = 2 ** 20;
const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

type Results<T extends readonly (() => unknown)[]> = { [Index in keyof T]: ReturnType<T[Index]> };

/** Calls every reader of settings; throws one error with the faults of all of them. */
export function readAll<const T extends readonly (() => unknown)[]>(...readers: T): Results<T> {
  const faults: string[] = [];
  const results = readers.map((read) => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof PlatformError) || error.code !== "config") throw error;
      faults.push(error.message);
      return undefined;
    }
  });
  if (faults.length > 0)
    throw new PlatformError("config", [...new Set(faults.join("\n").split("\n"))].join("\n"));
  return results as Results<T>;
}

/** Readable lines on a terminal, JSON elsewhere; on stderr, because stdout is for data. Keys and payloads are never logged. */
export function createLogger(environment: NodeJS.ProcessEnv, fallbackLevel: (typeof LEVELS)[number]): Logger {
  const checked = new Checked(environment);
  const level = checked.oneOf("SMP_LOG_LEVEL", LEVELS, fallbackLevel);
  checked.throwIfFaulty();
  const options = { level, redact: ["key", "*.key", "payload", "*.payload"] };
  if (process.stderr.isTTY)
    return pino(
      options,
      pretty({ destination: 2, ignore: "pid,hostname", translateTime: "HH:MM:ss", sync: true }),
    );
  const stream = pino.destination({ dest: 2, sync: true, maxLength: LOG_BYTES_MAX });
  // A full disk below the log is no reason to end: what there is to say is written when there is room again.
  stream.on("error", () => undefined);
  return pino(options, stream);
}

/** Closes the parts one after the other, each whatever the one before did. */
export async function closeAll(parts: readonly Closable[], logger: Logger): Promise<void> {
  for (const part of parts)
    await part
      .close()
      .catch((error: unknown) => logger.error({ err: error }, "a part did not close cleanly"));
}

/** Resolves after the first SIGINT or SIGTERM and the parts' end; a second signal, or ten seconds, ends at once. */
export async function stopOnSignal(parts: readonly Closable[], logger: Logger): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  setTimeout(() => {
    logger.error(`not stopped within ${STOP_MS_MAX} ms`);
    process.exit(1);
  }, STOP_MS_MAX).unref();
  await closeAll(parts, logger);
  // A connection to a Kafka that hangs may be left, with nothing to wait for.
  process.exit();
}

/** Prints a failure as a sentence and ends: 2 for a wrong setting, 130 for Ctrl-C, 1 for the rest. */
export function exitWith(error: unknown): never {
  const known = error instanceof PlatformError;
  console.error(known ? error.message : error);
  const codes: Readonly<Record<string, number>> = { config: 2, interrupted: 130 };
  process.exit(known ? (codes[error.code] ?? 1) : 1);
}

/** A part that has not answered by then is not ready: who asks does not wait longer than that either. */
const CHECK_MS = 4_000;

export interface HealthPorts {
  checks: Record<string, () => Promise<Check>>;
  metrics: () => Promise<string>;
  checkMs?: number;
}

/** What each part says of itself. */
async function ask({ checks, checkMs = CHECK_MS }: HealthPorts): Promise<[string, Check][]> {
  const late = (timer: AbortController): Promise<Check> =>
    sleep(checkMs, { ok: false, detail: `no answer within ${checkMs} ms` }, { signal: timer.signal });
  return await Promise.all(
    Object.entries(checks).map(async ([name, check]): Promise<[string, Check]> => {
      const timer = new AbortController();
      try {
        return [name, await Promise.race([check(), late(timer)])];
      } catch (error) {
        return [name, { ok: false, detail: String(error) }];
      } finally {
        timer.abort();
      }
    }),
  );
}

const readyFigures = (results: [string, Check][]): string =>
  [
    "# HELP smp_ready 1 when the part of this process is able to work.",
    "# TYPE smp_ready gauge",
    ...results.map(([name, { ok }]) => `smp_ready{part="${name}"} ${ok ? 1 : 0}`),
    "",
  ].join("\n");

async function answerHealth(
  { url: path = "/", headers, socket }: IncomingMessage,
  { metrics, checks }: { metrics: () => Promise<string>; checks: () => Promise<[string, Check][]> },
): Promise<{ status: number; type: string; body: string }> {
  const { remoteAddress = "" } = socket;
  const isHere = remoteAddress === "::1" || networkOf(remoteAddress).startsWith("127.");
  // A browser of this machine would tell a web page whose own name leads here.
  if (isHere && !isLocalName(headers.host, hostname()))
    return { status: 403, type: "text/plain", body: "ask by localhost, 127.0.0.1 or this machine's name\n" };
  if (path === "/healthz") return { status: 200, type: "text/plain", body: "ok\n" };
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
  const asked = { metrics: ports.metrics, checks: shared(() => ask(ports)) };
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

import type { Logger } from "pino";
import type { Source } from "./config.ts";
import type { Transport } from "./transport/transport.ts";

/** Opens the byte source that a configuration names. An adapter is loaded only when it is used: serialport is native. */
export async function openSource(source: Source, logger: Logger): Promise<Transport> {
  if (source.kind === "serial")
    return (await import("./transport/serial.ts")).serialTransport({ ...source, logger });
  if (source.kind === "tcp") return (await import("./transport/tcp.ts")).tcpTransport({ ...source, logger });
  return (await import("./transport/replay.ts")).replayTransport(source.path);
}

import { pino, type Logger } from "pino";

/** A logger, and the messages that it was given. */
export function logLines(): { log: Logger; lines: string[] } {
  const lines: string[] = [];
  const log = pino(
    { level: "debug" },
    { write: (line: string) => lines.push((JSON.parse(line) as { msg: string }).msg) },
  );
  return { log, lines };
}

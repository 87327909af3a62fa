/**
 * What the processes of the production set-up share: settings from the environment, start, end.
 */
import type { Logger } from "pino";
import { createLogger, exitWith, stopOnSignal, type Closable } from "./process.ts";

/** A process: settings and start, then its end, by a signal if not told otherwise; parts close in the order in which they are given. */
export async function serve(
  start: (logger: Logger) => Promise<Closable[]>,
  end: (parts: Closable[], logger: Logger) => Promise<void> = stopOnSignal,
): Promise<void> {
  try {
    const logger = createLogger(process.env, "info");
    await end(await start(logger), logger);
  } catch (error) {
    exitWith(error);
  }
}

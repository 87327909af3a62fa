/**
 * What the processes of the production set-up share: settings from the environment, start, health, end.
 */
import { Checked } from "@smp/schemas";
import type { Logger } from "pino";
import { createLogger, exitWith, startHealth, stopOnSignal, type Check, type Closable } from "../process.ts";

/** A process: settings and start, then signals; parts close in the order in which they are given. */
export async function serve(start: (logger: Logger) => Promise<Closable[]>): Promise<void> {
  try {
    const logger = createLogger(process.env, "info");
    await stopOnSignal(await start(logger), logger);
  } catch (error) {
    exitWith(error);
  }
}

/** Health and figures of a process without an API: its parts', and what the process itself takes. */
export async function openHealth(
  checks: Record<string, () => Promise<Check>>,
  metrics: () => Promise<string>,
): Promise<Closable & { port: number }> {
  const checked = new Checked(process.env);
  const host = checked.text("SMP_HEALTH_HOST", { fallback: "127.0.0.1" });
  const port = checked.integer("SMP_HEALTH_PORT", { min: 0, max: 65_535, fallback: 9100 });
  checked.throwIfFaulty();
  const { processMetrics } = await import("@smp/bridge");
  return await startHealth({ host, port }, { checks, metrics: joined(processMetrics(), metrics) });
}

/** The metrics of several parts as one text. */
export const joined =
  (...texts: (() => Promise<string>)[]) =>
  async (): Promise<string> =>
    (await Promise.all(texts.map((text) => text()))).join("\n");

/**
 * What every process of the platform shares: its log, and its end on a signal.
 */
import { Checked, PlatformError } from "@smp/schemas";
import { pino, type Logger } from "pino";
import pretty from "pino-pretty";

export interface Closable {
  close(): Promise<void> | void;
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
    try {
      await part.close();
    } catch (error) {
      logger.error({ err: error }, "a part did not close cleanly");
    }
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Ends the process after the first SIGINT or SIGTERM, or when `asked` resolves; a second signal ends it at once. */
export async function stopOnSignal(
  parts: readonly Closable[],
  logger: Logger,
  asked?: Promise<void>,
): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of SIGNALS) process.once(signal, () => resolve());
    void asked?.then(resolve);
  });
  for (const signal of SIGNALS) process.once(signal, () => process.exit(130));
  await stop(parts, logger);
}

/** Closes the parts and ends the process, after ten seconds in any case. */
export async function stop(parts: readonly Closable[], logger: Logger): Promise<void> {
  setTimeout(() => {
    logger.error(`not stopped within ${STOP_MS_MAX} ms`);
    process.exit(1);
  }, STOP_MS_MAX).unref();
  await closeAll(parts, logger);
  // A connection to a Kafka that hangs may be left, with nothing to wait for.
  process.exit();
}

/** What the machine refuses is its operator's to mend: no trace through our code leads there. */
const OF_THE_MACHINE: ReadonlySet<unknown> = new Set(["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT"]);

export const sayable = (error: unknown): unknown =>
  error instanceof PlatformError ||
  (error instanceof Error && OF_THE_MACHINE.has((error as NodeJS.ErrnoException).code))
    ? error.message
    : error;

/** Prints a failure as a sentence and ends: 2 for a wrong setting, 130 for Ctrl-C, 1 for the rest. */
export function exitWith(error: unknown): never {
  const known = error instanceof PlatformError;
  console.error(sayable(error));
  const usage = { config: 2, "key-form": 2, "profile-unknown": 2, "time-zone-unknown": 2 };
  const codes: Readonly<Record<string, number>> = { ...usage, interrupted: 130 };
  process.exit(known ? (codes[error.code] ?? 1) : 1);
}

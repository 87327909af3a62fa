import { readFile } from "node:fs/promises";
import type { Logger } from "pino";

/** Of the files that this process may have open. The rest is for the log, the store and the registry, which must always find one. */
const SHARE = { devices: 0.6, clients: 0.2 } as const;
/** Fewer connections than this are worth a warning, also to a household. */
const FEW = 1_000;

/** How many files this process may have open; `Infinity` where the system does not say. */
export async function openFilesMax(limits = "/proc/self/limits"): Promise<number> {
  const text = await readFile(limits, "utf8").catch(() => "");
  const soft = /^Max open files\s+(\d+)/m.exec(text)?.[1];
  return soft === undefined ? Infinity : Number(soft);
}

/**
 * A server's settings with no more connections than the process may open files for: those that come beyond are refused with a
 * word in the log. Else they would take the files from Kafka, the store and the question how this process is.
 */
export async function withinFiles<T extends { limits: { connectionsMax: number } }>(
  kind: keyof typeof SHARE,
  config: T,
  logger: Logger,
  filesMax?: number,
): Promise<T> {
  const files = filesMax ?? (await openFilesMax());
  const wanted = config.limits.connectionsMax;
  const allowed = Math.floor(files * SHARE[kind]);
  if (wanted <= allowed) return config;
  logger[allowed < FEW ? "warn" : "info"](
    { [kind]: allowed, wanted, files },
    "this process may open few files, so it takes fewer connections: raise ulimit -n (LimitNOFILE of systemd, nofile of Docker)",
  );
  return { ...config, limits: { ...config.limits, connectionsMax: allowed } };
}

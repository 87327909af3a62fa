import type { Ingest } from "@smp/schemas";
import type { Refuse } from "./refusal-log.ts";
import type { Registry } from "./registry.ts";
import { certificateRefusal, type Sessions } from "./sessions.ts";

export interface WatchPorts {
  ingest: Ingest;
  registry: Registry | undefined;
  sessions: Sessions;
  refuse: Refuse;
  limits: { logAwayMs: number; expirySweepMs: number };
}

export interface Watch {
  /** Whether the log has taken nothing for longer than `logAwayMs`. */
  isLogAway: () => boolean;
  stop: () => void;
}

/** Ends sessions whose certificate counts no more, at once on revocation; and knows for how long the log is away. */
export function watchOver({ ingest, registry, sessions, refuse, limits }: WatchPorts): Watch {
  let awaySince: number | undefined;
  const sweep = (): void => {
    for (const [client, session] of sessions.all()) {
      const refusal = certificateRefusal(session.identity, registry);
      if (!refusal || session.ended) continue;
      session.ended = true;
      refuse(refusal, { address: session.address, session: session.name });
      client.close();
    }
  };
  const note = (): void => {
    awaySince = ingest.ready ? undefined : (awaySince ?? performance.now());
  };
  const timers = [
    setInterval(sweep, limits.expirySweepMs),
    setInterval(note, Math.min(1_000, limits.logAwayMs)),
  ];
  for (const timer of timers) timer.unref();
  const stopListening = registry?.onChange(sweep);
  return {
    isLogAway: () =>
      !ingest.ready && awaySince !== undefined && performance.now() - awaySince >= limits.logAwayMs,
    stop() {
      for (const timer of timers) clearInterval(timer);
      stopListening?.();
    },
  };
}

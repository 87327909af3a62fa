import type { Refuse } from "../refusal-log.ts";
import type { Registry } from "../registry/registry.ts";
import { certificateRefusal, type Sessions } from "./sessions.ts";

export interface WatchPorts {
  registry: Registry | undefined;
  sessions: Sessions;
  refuse: Refuse;
  limits: { expirySweepMs: number };
}

/** Ends sessions whose certificate counts no more, at once on revocation. Returns how to stop. */
export function watchCertificates({ registry, sessions, refuse, limits }: WatchPorts): () => void {
  const sweep = (): void => {
    for (const [client, session] of sessions.all()) {
      const refusal = certificateRefusal(session.identity, registry);
      if (!refusal || session.ended) continue;
      session.ended = true;
      refuse(refusal, { address: session.address, session: session.name });
      client.close();
    }
  };
  const timer = setInterval(sweep, limits.expirySweepMs);
  timer.unref();
  const stopListening = registry?.onChange(sweep);
  return () => {
    clearInterval(timer);
    stopListening?.();
  };
}

import { MINUTE_MS } from "@smp/schemas";
import type { Logger } from "pino";
import type { BrokerMetrics } from "../metrics.ts";
import { TokenBucket } from "../token-bucket.ts";
import type { SessionBegin, Sessions } from "./sessions.ts";

export interface TakeoverPorts {
  logger: Logger;
  metrics: Pick<BrokerMetrics, "takeovers" | "cloneAlarms">;
  limits: { takeoversPerMinuteMax: number };
  /** Tells the other processes behind the same port. */
  tell?: ((takeover: Takeover) => void) | undefined;
}

/** A session that ended an older one of its name, as the processes behind one port tell each other. */
export interface Takeover {
  name: string;
  isAlarmed: boolean;
}

export interface Takeovers {
  /** A session has ended an older one of the same name, which is legal MQTT. */
  note: (session: { name: string; address: string }, previousAddress: string) => void;
  /** Counts one of another process, which has told of it: a clone may come to each of them in turn. */
  hear: (takeover: Takeover) => void;
  /** Forgets those who have been quiet. */
  sweep: () => void;
}

/** Counts sessions that end an older one of their own; often within a minute, and one certificate is used by two devices. */
export function watchTakeovers({ logger, metrics, limits, tell }: TakeoverPorts): Takeovers {
  const { takeoversPerMinuteMax } = limits;
  const seen = new Map<string, { rate: TokenBucket; alarmedAtMs: number }>();

  /** Whether it is one too many, of which nobody was told within the last minute. */
  function isAlarm(name: string, nowMs: number): boolean {
    const known = seen.get(name) ?? {
      rate: new TokenBucket(takeoversPerMinuteMax / (MINUTE_MS / 1_000), takeoversPerMinuteMax),
      alarmedAtMs: -Infinity,
    };
    seen.set(name, known);
    const isOften = known.rate.waitMs(1, nowMs) > 0;
    if (!isOften) known.rate.book(1, nowMs);
    return isOften && nowMs - known.alarmedAtMs >= MINUTE_MS;
  }
  const alarmed = (name: string, nowMs: number): void => {
    const known = seen.get(name);
    if (known) known.alarmedAtMs = nowMs;
  };

  return {
    note({ name, address }, previousAddress) {
      metrics.takeovers.inc();
      const nowMs = performance.now();
      const isAlarmed = isAlarm(name, nowMs);
      tell?.({ name, isAlarmed });
      logger.info(
        { session: name, address, previousAddress },
        "a session ended an older one of the same name",
      );
      if (!isAlarmed) return;
      alarmed(name, nowMs);
      metrics.cloneAlarms.inc();
      logger.error(
        { reason: "cloned-certificate", session: name, address, previousAddress },
        `${name} ended its own session more than ${takeoversPerMinuteMax} times within a minute: two devices seem to use one certificate. Give each its own, and revoke this one.`,
      );
    },
    hear({ name, isAlarmed }) {
      const nowMs = performance.now();
      isAlarm(name, nowMs);
      if (isAlarmed) alarmed(name, nowMs);
    },
    sweep() {
      const nowMs = performance.now();
      for (const [name, { rate, alarmedAtMs }] of seen)
        if (rate.isFull(nowMs) && nowMs - alarmedAtMs > MINUTE_MS) seen.delete(name);
    },
  };
}

/**
 * Ends a session whose client has come back at another process of this machine. Its will is not heard: it would say `offline` after
 * the new session's `online`.
 */
export function endOlder(begin: SessionBegin, sessions: Sessions, takeovers: Takeovers): void {
  const [client, session] = sessions.older(begin) ?? [];
  if (!client || !session) return;
  takeovers.note(begin, session.address);
  session.ended = true;
  Object.assign(client, { will: null });
  client.close();
}

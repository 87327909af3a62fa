import type { Client } from "aedes";
import type { Ingest } from "@smp/schemas";
import type { Logger } from "pino";
import type { Limits } from "../limits.ts";
import type { Refuse } from "../refusal-log.ts";
import { Refusal } from "../refusal.ts";
import type { Session, Sessions } from "../sessions/sessions.ts";

const TICK_MS = 100;

export interface OutagePorts {
  ingest: Ingest;
  sessions: Sessions;
  refuse: Refuse;
  logger: Logger;
  limits: Pick<Limits, "logAwayMs" | "sendAwayPerSecond">;
}

export interface Outage {
  /** A message of the session waits for the log, until it is released. */
  hold: (session: Session) => Held;
  /** `isTaken`: the log took it. */
  release: (held: Held, isTaken: boolean) => void;
  /** For how long the log has taken nothing, ms; 0: it takes messages. */
  lastsMs: () => number;
  /** Whether that is so long that devices had better stay away. */
  isAway: () => boolean;
  stop: () => void;
}

/** A message that waits, in a list of all that do. */
export interface Held {
  session: Session;
  /** On the clock of `performance.now()`. */
  sinceMs: number;
  older: Held | undefined;
  newer: Held | undefined;
}

/**
 * Knows for how long the log is away, and sends devices away when that is long. A held PUBACK also holds the PINGREQ
 * behind it, so that waiting devices would all be cut by their keepalive at once. They are closed a few at a time
 * before that, are told "server unavailable" when they come back, and keep their readings.
 */
export function watchLog({ ingest, sessions, refuse, logger, limits }: OutagePorts): Outage {
  let oldest: Held | undefined;
  let newest: Held | undefined;
  const sentAway = new WeakSet<Client>();
  let notReadySinceMs: number | undefined;
  let wasAway = false;
  let quota = 0;
  let takenAtMs = -Infinity;

  /**
   * A log that hangs never says that it is not ready: the oldest message that waits tells of it, unless the log has taken
   * another one since. Then it waits for something else, such as an input that hangs.
   */
  const lastsMs = (): number => {
    const waitingSinceMs = Math.max(oldest?.sinceMs ?? Infinity, takenAtMs);
    const since = Math.min(waitingSinceMs, ingest.ready ? Infinity : (notReadySinceMs ?? Infinity));
    return Math.max(0, performance.now() - since);
  };
  const isAway = (): boolean => lastsMs() >= limits.logAwayMs;

  const sendAway = (): void => {
    quota = Math.min(quota + (limits.sendAwayPerSecond * TICK_MS) / 1_000, limits.sendAwayPerSecond);
    for (const [client, session] of sessions.all()) {
      if (quota < 1) return;
      if (session.held === 0 || sentAway.has(client)) continue;
      quota--;
      sentAway.add(client);
      refuse(
        new Refusal(
          "log-away",
          `Device ${session.identity.id} was sent away, because the log has taken no message for ${Math.round(lastsMs() / 1_000)} s: it keeps its readings.`,
        ),
        { address: session.address, session: session.name },
      );
      client.close();
    }
  };

  const timer = setInterval(() => {
    notReadySinceMs = ingest.ready ? undefined : (notReadySinceMs ?? performance.now());
    const away = isAway();
    if (away && !wasAway) logger.error("the log takes no messages: devices are sent away until it does");
    if (!away && wasAway) logger.info("the log takes messages again: devices may come back");
    wasAway = away;
    if (away) sendAway();
    else quota = 0;
  }, TICK_MS);
  timer.unref();

  return {
    hold(session) {
      const message: Held = { session, sinceMs: performance.now(), older: newest, newer: undefined };
      if (newest) newest.newer = message;
      else oldest = message;
      newest = message;
      session.held++;
      return message;
    },
    release(message, isTaken) {
      if (isTaken) takenAtMs = performance.now();
      const { older, newer } = message;
      if (older) older.newer = newer;
      else oldest = newer;
      if (newer) newer.older = older;
      else newest = older;
      // Else one that is long gone, and old, would keep those that came after it in memory.
      message.older = message.newer = undefined;
      message.session.held--;
    },
    lastsMs,
    isAway,
    stop: () => clearInterval(timer),
  };
}

import type { Logger } from "pino";
import { processMetrics } from "@smp/bridge";
import { joined, type TellHealth } from "../process/health.ts";
import { LimitedChannel } from "./limited-channel.ts";
import { stop, type Closable } from "../process/process.ts";
import { serve } from "../process/serve.ts";

/** Asks for the health of a part, or for `metrics`. */
export interface Question {
  id: number;
  about: string;
}
export interface Answer {
  id: number;
  value?: unknown;
  error?: string;
}
/** For all the others: JSON, which the first process passes on as it is, and knows the length of. */
export interface Word {
  word: string;
}
/** How far a process is: all but its port is open; all is. */
export type State = "prepared" | "ready";
export const GO = "go";
export const STOP = "stop";
export type Said = State | Answer | Word;
export type Told = typeof GO | typeof STOP | Question | Word;

/** Something to ask about: whether the event loop of a process goes round. */
export const ALIVE = "alive";

/** The other processes behind the same port. What is told is small, and may be lost when one of them ends. */
export interface Siblings {
  tell: (word: unknown) => void;
  listen(listener: (word: unknown) => void): void;
  /** Resolves when all are as far: else the first to open the port would get all the devices that wait. */
  assembled(): Promise<void>;
}

/** Where a process stands: alone, or among others. */
export interface Place {
  tellHealth: TellHealth;
  siblings?: Siblings;
}

/**
 * One of several processes behind a port. It ends when the first process says so, or is gone (as Node does it), and of itself when the
 * others miss what it told. Signals are for the first one alone: a terminal and systemd send them to all.
 */
export async function runWorker(
  number: number,
  open: (logger: Logger, place: Place) => Promise<Closable[]>,
): Promise<void> {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
  const asked = new Promise<void>((resolve) => {
    hear((told) => told === STOP && resolve());
  });
  let miss!: () => void;
  const missed = new Promise<void>((resolve) => (miss = resolve));
  await serve(
    (logger) => {
      const own = logger.child({ process: number });
      const toFirst = channelToFirst(own, miss);
      const send = (said: Said): void => toFirst.send(said);
      return open(own, { tellHealth: healthBy(send), siblings: siblingsBy(send) });
    },
    async (parts, logger) => {
      await Promise.race([asked, missed]);
      await stop(parts, logger);
    },
  );
}

/**
 * While the first process reads nothing, this one's devices are served all the same. When it reads again, the others miss which device
 * came and went here: nobody could tell them, and all is started anew, as when a process ends by itself.
 */
const channelToFirst = (logger: Logger, missed: () => void): LimitedChannel<Said> =>
  new LimitedChannel<Said>((said, sent) => process.send?.(said, undefined, undefined, sent), {
    full(waitingBytes) {
      logger.error({ waitingBytes }, "the first process reads nothing: the others hear nothing of this one");
    },
    missed(messages) {
      logger.error({ messages }, "the others missed what this process told: it ends, for all to start anew");
      process.exitCode = 1;
      missed();
    },
  });

type Send = (said: Said) => void;

const hear = (listener: (told: Told) => void): void => void process.on("message", listener);

const siblingsBy = (send: Send): Siblings => ({
  tell: (word) => send({ word: JSON.stringify(word) }),
  listen: (listener) =>
    hear((told) => typeof told === "object" && "word" in told && listener(JSON.parse(told.word))),
  assembled: () =>
    new Promise((resolve) => {
      hear((told) => told === GO && resolve());
      send("prepared");
    }),
});

/** Answers the first process, which asks for all. */
const healthBy =
  (send: Send): TellHealth =>
  async (checks, metrics) => {
    const answers: Record<string, () => Promise<unknown>> = {
      ...checks,
      [ALIVE]: () => Promise.resolve({ ok: true }),
      metrics: joined(processMetrics(), metrics),
    };
    hear((told) => {
      if (typeof told !== "object" || !("about" in told)) return;
      const { id, about } = told;
      const value = answers[about]?.() ?? Promise.reject(new Error(`nothing is known of ${about}`));
      value.then(
        (known) => send({ id, value: known }),
        (error: unknown) => send({ id, error: String(error) }),
      );
    });
    send("ready");
    return { close: () => undefined };
  };

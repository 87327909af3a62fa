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
 * One of several processes behind a port. It ends when the first process says so, or is gone (as Node does it). Signals are for that
 * one alone: a terminal and systemd send them to all.
 */
export async function runWorker(
  number: number,
  open: (logger: Logger, place: Place) => Promise<Closable[]>,
): Promise<void> {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
  const asked = new Promise<void>((resolve) => {
    hear((told) => told === STOP && resolve());
  });
  await serve(
    (logger) => open(logger.child({ process: number }), { tellHealth, siblings }),
    async (parts, logger) => {
      await asked;
      await stop(parts, logger);
    },
  );
}

const toFirst = new LimitedChannel<Said>((said, sent) => process.send?.(said, undefined, undefined, sent));
const send = (said: Said): void => toFirst.send(said);

const hear = (listener: (told: Told) => void): void => void process.on("message", listener);

const siblings: Siblings = {
  tell: (word) => send({ word: JSON.stringify(word) }),
  listen: (listener) =>
    hear((told) => typeof told === "object" && "word" in told && listener(JSON.parse(told.word))),
  assembled: () =>
    new Promise((resolve) => {
      hear((told) => told === GO && resolve());
      send("prepared");
    }),
};

/** Answers the first process, which asks for all. */
const tellHealth: TellHealth = async (checks, metrics) => {
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

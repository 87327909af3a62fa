import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Store } from "@smp/store";
import { HttpProblem } from "./answer/problem.ts";

const TURN_KIND = "turn";
/** A claim of a process that died in its turn counts no more after so long, be its clock right or not; no turn takes as long. */
const ABANDONED_MS = 10_000;
const WAIT_MS_MAX = 15_000;
/** Two that stand in each other's way try again after different times. */
const RETRY_MS = { min: 20, max: 200 };

export interface TurnsOptions {
  store: Pick<Store, "documents" | "putDocument" | "settled">;
  now: () => number;
  /** Whether other processes write to the store, too. */
  shared: boolean;
}

/**
 * Lets those who look at documents and then write them do so one after the other: in this process by a queue, between
 * processes by claims in the store. A claim is written, made visible, and then the claims are read: of two processes at
 * least one sees the other's. Who sees another one's takes its own back and tries again.
 */
export class Turns {
  readonly #options: TurnsOptions;
  readonly #process = randomBytes(6).toString("hex");
  readonly #queues = new Map<string, Promise<unknown>>();

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /** Runs the work when nobody else is at work on the same thing. What it wrote must be settled when it resolves. */
  run<T>(thing: "access" | "tariffs", work: () => Promise<T>): Promise<T> {
    const before = this.#queues.get(thing) ?? Promise.resolve();
    const result = before.then(() => (this.#options.shared ? this.#claimed(thing, work) : work()));
    this.#queues.set(
      thing,
      result.catch(() => {}),
    );
    return result;
  }

  async #claimed<T>(thing: string, work: () => Promise<T>): Promise<T> {
    const id = `${thing}~${this.#process}`;
    const { now } = this.#options;
    for (const since = now(); !(await this.#claim(thing, id));) {
      if (now() - since > WAIT_MS_MAX)
        throw new HttpProblem("busy", "Other changes are under way: send the same again.", {
          retryAfterS: 2,
        });
      await sleep(RETRY_MS.min + Math.random() * (RETRY_MS.max - RETRY_MS.min));
    }
    try {
      return await work();
    } finally {
      await this.#put(id, null);
    }
  }

  async #claim(thing: string, id: string): Promise<boolean> {
    const { store, now } = this.#options;
    await this.#put(id, {});
    try {
      await store.settled("documents");
      const claims = await store.documents(TURN_KIND);
      const others = claims.filter(
        (claim) =>
          claim.id !== id && claim.id.startsWith(`${thing}~`) && Math.abs(now() - claim.t) < ABANDONED_MS,
      );
      if (others.length === 0) return true;
    } catch (error) {
      await this.#put(id, null);
      throw error;
    }
    await this.#put(id, null);
    return false;
  }

  async #put(id: string, value: object | null): Promise<void> {
    const { store, now } = this.#options;
    await store.putDocument({ kind: TURN_KIND, id, value, t: now() });
  }
}

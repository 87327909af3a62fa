import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "@smp/disk";
import { DAY_MS, type NormalisedReading } from "@smp/schemas";
import type { Logger } from "pino";
import type { OpenProcessor } from "./open.ts";
import type { ReadableStore } from "./store-view.ts";

/** Readings that wait in memory for one processor; beyond, it reads them from the store instead. */
const QUEUE_MAX = 20_000;
const BATCH_MAX = 500;
/** A processor that never ran begins so far back, as one does that joins Kafka. */
const FIRST_LOOK_BACK_MS = 7 * DAY_MS;
/** Readings are stamped on arrival and appended a little later, and not in exactly that order. */
const OVERLAP_MS = 60_000;
const SAVE_EVERY_MS = 1_000;
const RETRY_MS = 1_000;
const POSITION_MODE = 0o644;

export interface FeedPorts {
  processors: readonly OpenProcessor[];
  store: Pick<ReadableStore, "meters" | "raw">;
  /** Where each processor's position is kept, one file each. */
  folder: string;
  logger: Logger;
  now?: () => number;
}

export interface Feed {
  /** Readings that the store holds. Never waits, and never fails. */
  offer(readings: readonly NormalisedReading[]): void;
  /** Resolves when every processor has done with what was offered before. */
  settled(): Promise<void>;
  /** Saves the positions. What is under way comes again at the next start. */
  close(): Promise<void>;
}

/**
 * Feeds processors in the process that stores the readings: after the store's commit, without holding it up. A processor
 * that starts, or falls behind, catches up from the store by the readings' time of arrival; so nothing is left out, and
 * something may come twice.
 */
export function startFeed(ports: FeedPorts): Feed {
  const followers = ports.processors.map((processor) => new Follower(processor, ports));
  return {
    offer: (readings) => followers.forEach((follower) => follower.offer(readings)),
    settled: async () => void (await Promise.all(followers.map((follower) => follower.settled()))),
    close: async () => void (await Promise.all(followers.map((follower) => follower.close()))),
  };
}

class Follower {
  readonly #processor: OpenProcessor;
  readonly #ports: FeedPorts;
  readonly #file: string;
  readonly #running: Promise<void>;
  #queue: NormalisedReading[] = [];
  /** Something arrived that is not in the queue. */
  #behind = true;
  #busy = true;
  /** Everything that was received before this is done with. */
  #position = 0;
  #savedAt = 0;
  #closed = false;
  #wake: (() => void) | undefined;
  #idle: (() => void)[] = [];

  constructor(processor: OpenProcessor, ports: FeedPorts) {
    this.#processor = processor;
    this.#ports = ports;
    this.#file = join(ports.folder, `${processor.name}.position`);
    this.#running = this.#run();
  }

  offer(readings: readonly NormalisedReading[]): void {
    if (this.#queue.length + readings.length > QUEUE_MAX) {
      this.#queue = [];
      this.#behind = true;
    } else this.#queue.push(...readings);
    this.#busy = true;
    this.#wake?.();
  }

  settled(): Promise<void> {
    if (!this.#busy) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake?.();
    await this.#running;
    await this.#save().catch(() => undefined);
  }

  async #run(): Promise<void> {
    this.#position = await this.#saved();
    while (!this.#closed) {
      try {
        if (this.#behind) await this.#catchUp();
        else if (this.#queue.length > 0) await this.#next();
        else await this.#rest();
      } catch (error) {
        // What was not done is in the store.
        this.#behind = true;
        if (this.#closed) return;
        const { logger } = this.#ports;
        logger.error(
          { err: error, extension: this.#processor.name },
          "a processor cannot go on: tried again",
        );
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  async #next(): Promise<void> {
    const batch = this.#queue.slice(0, BATCH_MAX);
    this.#queue = this.#queue.slice(BATCH_MAX);
    await this.#processor.process(batch);
    const { now = Date.now } = this.#ports;
    const present = now();
    // What comes of a meter after its deletion by a clock that was ahead is received in the future: others' readings are not.
    for (const { received } of batch)
      if (received <= present) this.#position = Math.max(this.#position, received - OVERLAP_MS);
    if (performance.now() - this.#savedAt > SAVE_EVERY_MS) await this.#save();
  }

  async #catchUp(): Promise<void> {
    // What arrives from here on is queued, or sets this again.
    this.#behind = false;
    const { store, now = Date.now } = this.#ports;
    const until = now();
    // A clock that was ahead wrote it: what arrives now would lie before it, and never be looked for.
    if (this.#position > until) this.#position = until - FIRST_LOOK_BACK_MS;
    for (const { meter } of await store.meters()) {
      const query = { meter, from: 0, to: Number.MAX_SAFE_INTEGER, receivedFrom: this.#position };
      for await (const page of store.raw(query)) {
        if (this.#closed) return;
        await this.#processor.process(page);
      }
    }
    this.#position = Math.max(this.#position, until - OVERLAP_MS);
    await this.#save();
  }

  async #rest(): Promise<void> {
    await this.#save();
    if (this.#queue.length > 0 || this.#behind || this.#closed) return;
    this.#busy = false;
    for (const resolve of this.#idle.splice(0)) resolve();
    await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
  }

  async #saved(): Promise<number> {
    const { now = Date.now } = this.#ports;
    const text = await readFile(this.#file, "utf8").catch(() => "");
    const position = Number(text.trim());
    return /^\d{13}\s*$/.test(text) ? position : now() - FIRST_LOOK_BACK_MS;
  }

  async #save(): Promise<void> {
    this.#savedAt = performance.now();
    await mkdir(this.#ports.folder, { recursive: true });
    await replaceFile(this.#file, `${this.#position}\n`, POSITION_MODE);
  }
}

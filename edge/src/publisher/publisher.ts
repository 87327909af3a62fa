import { errorTopic, infoTopic, messageOf, PlatformError, readingTopic, statusTopic } from "@smp/schemas";
import type { Logger } from "pino";
import type { Batch, DrainOrder } from "../journal/take.ts";
import type { Journal } from "../journal/journal.ts";
import { certificateWatch } from "../certificate/watch.ts";
import { readCredentials, type Credentials } from "../certificate/credentials.ts";
import { describeProblem } from "./describe-problem.ts";
import { openLanes } from "./lanes.ts";
import { LIMITS, type PublisherLimits } from "./limits.ts";
import { encodeMessage } from "./message.ts";
import { reconnectDelayMs } from "./pace.ts";
import { openSession, type Session } from "./session.ts";
import { Signal } from "./signal.ts";

const GOODBYE_MS_MAX = 2_000;

export interface PublisherOptions {
  device: string;
  /** `mqtts://host:8883`. */
  url: string;
  /** Folder with ca.crt, client.crt and client.key; none for `mqtt://`. */
  certificates: string | undefined;
  order: DrainOrder;
  limits?: Partial<PublisherLimits>;
}

export interface PublisherPorts {
  log: Logger;
  journal: Journal;
  random?: () => number;
  /** Wall clock, ms: judges the certificate's age. */
  now?: () => number;
}

export interface PublisherStats {
  connected: boolean;
  connections: number;
  /** Messages that the platform acknowledged. */
  messages: number;
  readings: number;
  /** Problems that the platform reported on the error topic. */
  problems: number;
  /** Unix ms UTC; `undefined` before the first connection. */
  certificateExpires: number | undefined;
  /** Why there is no connection. */
  failure: string | undefined;
}

/** Sends what the journal holds, in a window of messages, and lets the journal forget what is acknowledged. */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #limits: PublisherLimits;
  readonly #log: Logger;
  readonly #journal: Journal;
  readonly #random: () => number;
  readonly #signal = new Signal();
  readonly #watch: ReturnType<typeof certificateWatch>;
  readonly #inFlight = new Map<Batch, number>();
  readonly #running: Promise<void>;
  readonly #stats: PublisherStats = {
    connected: false,
    connections: 0,
    messages: 0,
    readings: 0,
    problems: 0,
    certificateExpires: undefined,
    failure: undefined,
  };
  #session: Session | undefined;
  #info = "";
  readonly #opening = new AbortController();
  #closing = false;
  #changingOver = false;
  #pauseUntilMs = 0;

  /** Starts at once. It has no end of its own: whatever fails is tried again. */
  constructor(options: PublisherOptions, ports: PublisherPorts) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#log = ports.log;
    this.#journal = ports.journal;
    this.#random = ports.random ?? Math.random;
    this.#watch = certificateWatch(ports.log, ports.now);
    this.#running = this.#run();
  }

  get stats(): PublisherStats {
    return { ...this.#stats };
  }

  /** There is something new in the journal. */
  wake(): void {
    this.#signal.wake();
  }

  /** What the device says about itself on its info topic, retained. */
  setInfo(info: Readonly<Record<string, unknown>>): void {
    this.#info = JSON.stringify(info);
    const session = this.#session;
    if (session) this.#detach(session.publish(infoTopic(this.#options.device), this.#info, { retain: true }));
  }

  /** Ends the connection when everything on its way is acknowledged, and connects anew at once: with a renewed certificate. */
  changeOver(): void {
    if (this.#session) this.#changingOver = true;
    else this.#pauseUntilMs = 0; // the next connection takes the new files, and need not wait
    this.#signal.wake();
  }

  /** Stops sending; what is not acknowledged stays in the journal. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#opening.abort();
    this.#signal.wake();
    await this.#running;
    this.#watch.close();
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#closing; failures++) {
      const connectionsBefore = this.#stats.connections;
      await this.#connectAndSend().catch((error: unknown) => {
        this.#stats.failure = messageOf(error);
      });
      this.#stats.connected = false;
      this.#session = undefined;
      if (this.#closing) return;
      const isPlanned = this.#changingOver;
      this.#changingOver = false;
      if (this.#stats.connections > connectionsBefore) failures = 0;
      if (isPlanned) continue;
      const { reconnectFirstMsMax: firstMsMax, reconnectMsMax: msMax } = this.#limits;
      const delayMs = reconnectDelayMs(failures, { firstMsMax, msMax, random: this.#random });
      const pending = this.#journal.stats.pending;
      this.#log.warn(
        { pending, delayMs: Math.round(delayMs) },
        `no connection to the broker: ${this.#stats.failure ?? "unknown"}. Readings stay in the journal; next try in ${Math.ceil(delayMs / 1_000)} s`,
      );
      await this.#pause(delayMs);
    }
  }

  /** One connection, from its making to its end. */
  async #connectAndSend(): Promise<void> {
    const session = await this.#open();
    try {
      this.#session = session;
      if (this.#info)
        this.#detach(session.publish(infoTopic(this.#options.device), this.#info, { retain: true }));
      this.#detach(session.subscribe(errorTopic(this.#options.device)));
      this.#stats.connected = true;
      this.#stats.connections++;
      this.#stats.failure = undefined;
      this.#log.info(
        { pending: this.#journal.stats.pending },
        `connected to ${this.#options.url} as ${this.#options.device}`,
      );
      await this.#send(session);
      if (this.#closing) this.#detach(this.#sayOffline(session));
      if (this.#closing || this.#changingOver) await this.#settle(session);
    } finally {
      await session.end({ hard: !this.#closing && !this.#changingOver });
      for (const batch of this.#inFlight.keys()) this.#journal.release(batch);
      this.#inFlight.clear();
    }
    this.#stats.failure = await session.closed;
  }

  /** An orderly end sends no last will. */
  #sayOffline(session: Session): Promise<void> {
    return session.publish(statusTopic(this.#options.device), "offline", { retain: true });
  }

  /** A broker that holds back its PUBACKs must not hold up the end. */
  async #settle(session: Session): Promise<void> {
    const untilMs = performance.now() + GOODBYE_MS_MAX;
    while (this.#inFlight.size > 0 && session.isOpen && performance.now() < untilMs)
      await this.#signal.wait(untilMs - performance.now());
  }

  async #open(): Promise<Session> {
    const { url, device, certificates } = this.#options;
    let credentials: Credentials | undefined;
    if (certificates !== undefined) {
      credentials = await readCredentials(certificates);
      if (credentials.device !== device)
        throw new PlatformError(
          "certificate-changed",
          `${certificates} now holds the certificate of "${credentials.device}", not of "${device}": restart the edge to use it`,
        );
      this.#watch.check(credentials);
      this.#stats.certificateExpires = credentials.expires;
    }
    return openSession({
      url,
      device,
      credentials,
      ackMsMax: this.#limits.ackMsMax,
      signal: this.#opening.signal,
      onMessage: (_topic, payload) => this.#onProblem(payload),
    });
  }

  /** Fills the window until the connection ends. */
  async #send(session: Session): Promise<void> {
    const lanes = openLanes(this.#journal, this.#options.order, this.#limits);
    void session.closed.then(() => this.#signal.wake());
    while (session.isOpen && !this.#closing && !this.#changingOver) {
      const patienceMs = this.#msUntilAckIsOverdue(session);
      const hasRoom = this.#inFlight.size < this.#limits.window;
      const next = hasRoom ? await lanes.next() : { waitMs: Infinity };
      if ("batch" in next) this.#detach(this.#publish(session, next.batch));
      else await this.#signal.wait(Math.min(patienceMs, next.waitMs));
    }
  }

  async #publish(session: Session, batch: Batch): Promise<void> {
    this.#inFlight.set(batch, performance.now());
    await session.publish(readingTopic(this.#options.device), encodeMessage(batch.payloads));
    // After the connection's end the batch is the journal's again, and maybe another connection's already.
    if (!this.#inFlight.delete(batch)) return;
    this.#journal.acknowledge(batch);
    this.#stats.messages++;
    this.#stats.readings += batch.payloads.length;
    this.#signal.wake();
  }

  /** Ends a connection that is alive but answers nothing; else how long there is still patience, ms. */
  #msUntilAckIsOverdue(session: Session): number {
    const oldest = Math.min(...this.#inFlight.values());
    const leftMs = oldest + this.#limits.ackMsMax - performance.now();
    if (leftMs <= 0) {
      this.#log.warn(
        `the broker has not acknowledged a message for ${this.#limits.ackMsMax / 1_000} s: connecting anew`,
      );
      this.#detach(session.end({ hard: true }));
    }
    return Math.max(leftMs, 1_000);
  }

  #onProblem(payload: Buffer): void {
    this.#stats.problems++;
    this.#log.warn(describeProblem(payload));
  }

  async #pause(ms: number): Promise<void> {
    this.#pauseUntilMs = performance.now() + ms;
    while (!this.#closing && performance.now() < this.#pauseUntilMs)
      await this.#signal.wait(this.#pauseUntilMs - performance.now());
  }

  /** What fails here ends with the connection, which says why. */
  #detach(work: Promise<void>): void {
    work.catch((error: unknown) => this.#log.debug({ err: error }, "ended with the connection"));
  }
}

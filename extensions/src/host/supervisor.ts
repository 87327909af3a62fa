import type { Logger } from "pino";
import type { Settings } from "../contract/manifest.ts";
import { Child, type Answer, type Asked } from "./child.ts";
import { CUTS, ExtensionFailure, type FailureReason } from "./failure.ts";
import type { Limits } from "./limits.ts";
import type { ExtensionMetrics } from "./metrics.ts";
import type { ExtensionPackage } from "./package.ts";
import { pause } from "./pause.ts";

/** A process that lived so long was well: its next cut counts as the first. */
const WELL_MS = 60_000;

export interface SupervisorOptions {
  extension: ExtensionPackage;
  limits: Limits;
  /** Read anew for every process, so that a changed file counts after a restart. */
  settings: () => Promise<Settings>;
  timeZone: string;
  logger: Logger;
  metrics: ExtensionMetrics;
}

interface Waiting {
  args: unknown;
  bytes: Uint8Array;
  asked: Asked;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

export interface SupervisorState {
  state: "idle" | "running" | "restarting" | "closed";
  calls: number;
  failures: number;
  cuts: number;
  lastFailure?: { t: number; reason: FailureReason; detail: string };
}

const NOTHING = new Uint8Array();
const refuse: Asked = () => Promise.reject(new Error("This extension may not ask the store."));

/**
 * Keeps one extension running: starts its process at the first call, lets calls in by turns, cuts a process that breaks
 * a limit, and starts the next one after a pause that grows. A call fails alone; nothing here throws into the platform.
 */
export class Supervisor {
  readonly extension: ExtensionPackage;
  readonly #options: SupervisorOptions;
  readonly #queue: Waiting[] = [];
  #queueBytes = 0;
  #active = 0;
  #child: Child | undefined;
  #starting: Promise<Child> | undefined;
  #cutsInARow = 0;
  /** The process of now has answered a call. */
  #hasAnswered = false;
  #notBefore = 0;
  readonly #closing = new AbortController();
  #idle: NodeJS.Timeout | undefined;
  readonly #state = { calls: 0, failures: 0, cuts: 0 };
  #lastFailure: SupervisorState["lastFailure"];

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.extension = options.extension;
  }

  get name(): string {
    return this.extension.manifest.name;
  }

  get limits(): Limits {
    return this.#options.limits;
  }

  get state(): SupervisorState {
    const restarting = !this.#child && this.#notBefore > performance.now();
    const state = this.#closing.signal.aborted
      ? "closed"
      : restarting
        ? "restarting"
        : this.#child
          ? "running"
          : "idle";
    return { state, ...this.#state, ...(this.#lastFailure && { lastFailure: this.#lastFailure }) };
  }

  /** Calls the extension. Fails with an `ExtensionFailure`, and never hangs: see `Limits`. */
  async call(args: unknown, bytes: Uint8Array = NOTHING, asked: Asked = refuse): Promise<Answer> {
    const started = performance.now();
    this.#state.calls++;
    try {
      const answer = await this.#enqueue(args, bytes, asked);
      this.#count("ok", started);
      return answer;
    } catch (error) {
      const failure = error instanceof ExtensionFailure ? error : this.#failure("broken", String(error));
      this.failed(failure);
      this.#count(failure.reason, started);
      throw failure;
    }
  }

  /** Notes a failure that showed only in the answer's content. */
  failed(failure: ExtensionFailure): void {
    this.#state.failures++;
    this.#lastFailure = { t: Date.now(), reason: failure.reason, detail: failure.message };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#idle);
    for (const { reject } of this.#queue.splice(0)) reject(this.#failure("restarting", "is being closed."));
    this.#child?.cut("died", "was ended with the platform.");
    await this.#child?.ended;
    await this.#starting?.catch(() => undefined);
  }

  #enqueue(args: unknown, bytes: Uint8Array, asked: Asked): Promise<Answer> {
    const { queueMax, queueBytesMax } = this.#options.limits;
    if (this.#closing.signal.aborted) return Promise.reject(this.#failure("restarting", "is closed."));
    if (this.#queue.length >= queueMax || this.#queueBytes + bytes.byteLength > queueBytesMax)
      return Promise.reject(this.#failure("busy", "has too many calls waiting: try again later."));
    return new Promise((resolve, reject) => {
      this.#queue.push({ args, bytes, asked, resolve, reject });
      this.#queueBytes += bytes.byteLength;
      this.#next();
    });
  }

  #next(): void {
    while (this.#active < this.#options.limits.concurrency) {
      const waiting = this.#queue.shift();
      if (!waiting) return;
      this.#queueBytes -= waiting.bytes.byteLength;
      this.#active++;
      void this.#run(waiting)
        .then(waiting.resolve, waiting.reject)
        .finally(() => {
          this.#active--;
          this.#next();
          if (this.#active === 0) this.#rest();
        });
    }
  }

  async #run({ args, bytes, asked }: Waiting): Promise<Answer> {
    clearTimeout(this.#idle);
    const child = await this.#ready();
    const answer = await child.call(args, bytes, asked);
    if (this.#child === child) this.#hasAnswered = true;
    return answer;
  }

  /** The process, loaded. A call waits for a restart as long as it could wait for its answer. */
  async #ready(): Promise<Child> {
    // One that is being loaded knows no calls yet.
    if (this.#child && !this.#starting) return this.#child;
    const pauseMs = this.#notBefore - performance.now();
    if (pauseMs > this.#options.limits.callMs)
      throw this.#failure("restarting", `is restarted in ${Math.ceil(pauseMs / 1_000)} s: ${this.#why()}`);
    this.#starting ??= this.#start(pauseMs).finally(() => (this.#starting = undefined));
    return await this.#starting;
  }

  async #start(pauseMs: number): Promise<Child> {
    if (pauseMs > 0) await pause(pauseMs, this.#closing.signal);
    const { extension, limits, logger, timeZone } = this.#options;
    const settings = await this.#options.settings();
    if (this.#closing.signal.aborted) throw this.#failure("restarting", "is closed.");
    const child = new Child(extension, limits, logger.child({ extension: this.name }));
    this.#child = child;
    this.#hasAnswered = false;
    const started = performance.now();
    void child.ended.then((failure) => this.#ended(child, failure, performance.now() - started));
    await child.load({ settings, timeZone });
    return child;
  }

  #ended(child: Child, failure: ExtensionFailure, livedMs: number): void {
    // One that was sent to rest.
    if (this.#child !== child) return;
    this.#child = undefined;
    if (this.#closing.signal.aborted) return;
    const { backOffMs, callMs } = this.#options.limits;
    this.#cutsInARow = livedMs > WELL_MS ? 0 : this.#cutsInARow;
    const growingMs = backOffMs[Math.min(this.#cutsInARow++, backOffMs.length - 1)] ?? 0;
    // One device's message that breaks it again and again must not shut out all others: their calls wait for so long.
    const pauseMs = this.#hasAnswered ? Math.min(growingMs, callMs / 2) : growingMs;
    this.#notBefore = performance.now() + pauseMs;
    this.#state.cuts++;
    this.#lastFailure = { t: Date.now(), reason: failure.reason, detail: failure.message };
    this.#options.metrics.cuts.inc({ extension: this.name, reason: failure.reason });
    this.#options.logger.warn(
      { extension: this.name, reason: failure.reason, pauseMs },
      `${failure.message} It was cut, and is started again at the next call.`,
    );
  }

  #rest(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      const child = this.#child;
      this.#child = undefined;
      child?.cut("died", "was not needed for a while.");
    }, this.#options.limits.idleMs).unref();
  }

  #count(result: "ok" | FailureReason, started: number): void {
    const { metrics } = this.#options;
    metrics.calls.inc({ extension: this.name, result });
    if (result === "ok" || CUTS.has(result))
      metrics.callSeconds.observe({ extension: this.name }, (performance.now() - started) / 1_000);
  }

  #why(): string {
    return this.#lastFailure?.detail ?? "it failed before";
  }

  #failure(reason: FailureReason, detail: string): ExtensionFailure {
    return new ExtensionFailure(this.name, reason, detail);
  }
}

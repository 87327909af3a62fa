import { setTimeout as wait } from "node:timers/promises";
import { messageOf, TIME_MIN_MS } from "@smp/schemas";
import type { Logger } from "pino";
import { toReading } from "../meter/to-reading.ts";
import type { DecodeFault, DecoderStats, MeterDecoder, Telegram } from "../meter/telegram.ts";
import type { EdgeReading } from "../publisher/message.ts";
import { createSelection, type SelectionOptions } from "./selection.ts";
import type { Transport } from "../transport/transport.ts";
import { Untimed } from "./untimed.ts";

const SILENT_MS = 60_000;
const SILENT_AGAIN_MS = 600_000;
const FAULT_LOG_MS = 60_000;
const SKEW_MS = 120_000;
const SKEW_LOG_MS = 3_600_000;
/** Meters on one line; more are noise. */
const METERS_MAX = 16;
/** Nordic meters send their power alone some times before the list that names them. */
const NAMELESS_MAX = 8;
const TICK_MS = 1_000;
const DISK_MS_MAX = 100;

export interface ReaderOptions extends SelectionOptions {
  name: string;
  /** A capture: its times are old, and reading waits for the disk. */
  isReplay: boolean;
}

export interface ReaderPorts {
  log: Logger;
  transport: Transport;
  decoder: MeterDecoder;
  /** Takes a reading; resolves when it is durable. */
  keep(reading: EdgeReading): Promise<void>;
  now: () => number;
  /** Whether `now` may be believed; absent: always. */
  isClockSet?: (() => boolean) | undefined;
  /** A meter number that was not heard before, or the first telegram without one. */
  onMeter?: () => void;
}

/** The newest telegram of a meter with all its registers, also those that do not leave the house. */
export interface LatestReading extends EdgeReading {
  /** Unix ms UTC at which it was decoded. */
  received: number;
}

export interface ReaderStats extends DecoderStats {
  faults: Readonly<Partial<Record<DecodeFault["code"], number>>>;
  lastByte: number | undefined;
  /** What is wrong with this meter at present, with what to do. */
  problem: string | undefined;
  ended: boolean;
}

/** One meter: bytes from the transport, telegrams from the decoder, readings to the journal. */
export class MeterReader {
  readonly #options: ReaderOptions;
  readonly #ports: ReaderPorts;
  readonly #select: ReturnType<typeof createSelection>;
  readonly #latest = new Map<string, LatestReading>();
  readonly #faults: Partial<Record<DecodeFault["code"], number>> = {};
  /** Readings of one register that wait for their meter's number; `undefined`: nothing waits any longer. */
  #nameless: EdgeReading[] | undefined = [];
  readonly #loggedAtMs = new Map<string, number>();
  readonly #untimed: Untimed<Telegram>;
  #startedMs = 0;
  #lastByteMs: number | undefined;
  #silent = false;
  #lastKept: Promise<unknown> = Promise.resolve();
  #problem: string | undefined;
  #ended = false;

  constructor(options: ReaderOptions, ports: ReaderPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#select = createSelection(options);
    const { now, isClockSet = () => true } = ports;
    this.#untimed = new Untimed(() => options.isReplay || isClockSet(), now);
  }

  get name(): string {
    return this.#options.name;
  }

  /** By meter number, newest telegram each; a meter that says no number stands under "". */
  get latest(): ReadonlyMap<string, LatestReading> {
    return this.#latest;
  }

  get stats(): ReaderStats {
    return {
      ...this.#ports.decoder.stats,
      faults: { ...this.#faults },
      lastByte: this.#lastByteMs,
      problem: this.#problem,
      ended: this.#ended,
    };
  }

  /** Reads until `signal` aborts or the source is exhausted; rejects only when the source can never work. */
  async run(signal: AbortSignal): Promise<void> {
    const { transport, log } = this.#ports;
    log.info({ meter: this.name }, `reading ${transport.name}`);
    this.#startedMs = performance.now();
    const tick = setInterval(() => this.#tick(), TICK_MS);
    try {
      for await (const chunk of transport.bytes(signal)) await this.#push(chunk);
      await this.#handle(this.#ports.decoder.flush());
      await this.#takeUntimed();
      await this.#take(this.#releaseNameless(undefined));
      if (!signal.aborted) await this.#lastKept; // the journal writes in order: then all are durable
    } catch (error) {
      if (signal.aborted) return;
      this.#problem = messageOf(error);
      throw error;
    } finally {
      clearInterval(tick);
      this.#ended = true;
    }
  }

  async #push(chunk: Uint8Array): Promise<void> {
    if (this.#silent) this.#ports.log.info({ meter: this.name }, "the port is no longer silent");
    this.#silent = false;
    this.#lastByteMs = performance.now();
    await this.#handle(this.#ports.decoder.push(chunk, this.#ports.now()));
  }

  async #handle(events: ReturnType<MeterDecoder["push"]>): Promise<void> {
    const kept: Promise<void>[] = [];
    for (const event of events) {
      if (event.kind === "fault") this.#onFault(event.fault);
      else kept.push(this.#onTelegram(event.telegram));
    }
    if (kept.length === 0) return;
    // A capture can wait for our disk. A meter cannot: the journal keeps what comes meanwhile in memory, in bounds.
    const durable = Promise.all(kept);
    this.#lastKept = durable;
    await (this.#options.isReplay
      ? durable
      : Promise.race([durable, wait(DISK_MS_MAX, undefined, { ref: false })]));
  }

  /** Of a meter without a clock the telegrams wait for this machine's, which is wrong by an outage at its boot. */
  async #onTelegram(telegram: Telegram): Promise<void> {
    if ((telegram.t ?? 0) >= TIME_MIN_MS || this.#untimed.isOver) {
      if (this.#untimed.isOver && this.#untimed.size > 0) await this.#takeUntimed();
      return this.#onTimed(telegram, this.#plausibleNow());
    }
    if (this.#mayLog("untimed", Infinity))
      this.#ports.log.info(
        { meter: this.name },
        "this machine's clock is not set yet (NTP): readings wait for it, at most three minutes",
      );
    this.#problem = undefined;
    this.#untimed.add(telegram);
  }

  async #takeUntimed(): Promise<void> {
    const believable = this.#plausibleNow() !== undefined;
    const waiting = this.#untimed.release();
    await Promise.all(waiting.map(({ value, t }) => this.#onTimed(value, believable ? t : undefined)));
  }

  async #onTimed(telegram: Telegram, fallback: number | undefined): Promise<void> {
    const { t = fallback, m = this.#onlyMeter(), r } = toReading(telegram);
    const count = Object.keys(r).length;
    if (count === 0) return;
    const reading = { t, m, r };
    this.#problem = undefined;
    if (m === undefined && count === 1 && this.#nameless && this.#nameless.length < NAMELESS_MAX)
      this.#nameless.push(reading);
    else await this.#take([...this.#releaseNameless(m), reading], telegram.profile);
  }

  /** The meter of a list that does not name it, where the line has but one. */
  #onlyMeter(): string | undefined {
    const [only, ...others] = this.#latest.keys();
    return others.length > 0 || only === "" ? undefined : only;
  }

  #releaseNameless(m: string | undefined): EdgeReading[] {
    const waiting = this.#nameless ?? [];
    this.#nameless = undefined;
    return waiting.map((reading) => ({ ...reading, m }));
  }

  async #take(readings: readonly EdgeReading[], profile: string | null = null): Promise<void> {
    await Promise.all(readings.map((reading) => this.#takeOne(reading, profile)));
  }

  async #takeOne(reading: EdgeReading, profile: string | null): Promise<void> {
    const { now, log } = this.#ports;
    const { t, m, r } = reading;
    const isNew = !this.#latest.has(m ?? "");
    if (isNew) {
      log.info({ meter: this.name, m, registers: Object.keys(r).length, profile }, "first telegram");
      if (this.#latest.size >= METERS_MAX) this.#latest.clear();
    }
    this.#latest.set(m ?? "", { ...reading, received: now() });
    if (isNew) this.#ports.onMeter?.();
    this.#compareClocks(t);
    const selected = this.#select(reading, now());
    if (!selected) return;
    await this.#ports.keep(selected).catch((error: unknown) => {
      if (this.#mayLog("keep", FAULT_LOG_MS))
        log.error({ meter: this.name, err: error }, "a reading could not be kept");
    });
  }

  /** For meters without a clock; a machine that has not set its own yet says nothing. */
  #plausibleNow(): number | undefined {
    const now = this.#ports.now();
    return now > TIME_MIN_MS ? now : undefined;
  }

  #compareClocks(t: number | undefined): void {
    if (t === undefined || this.#options.isReplay) return;
    const skewMs = t - this.#ports.now();
    if (Math.abs(skewMs) < SKEW_MS || !this.#mayLog("skew", SKEW_LOG_MS)) return;
    const way = skewMs > 0 ? "ahead of" : "behind";
    this.#ports.log.warn(
      { meter: this.name, skewMs },
      `the meter's clock is ${Math.round(Math.abs(skewMs) / 1_000)} s ${way} this machine's: is this one set (NTP)? The platform refuses readings more than 10 minutes ahead`,
    );
  }

  #onFault({ code, message }: DecodeFault): void {
    this.#faults[code] = (this.#faults[code] ?? 0) + 1;
    this.#problem = message;
    if (this.#mayLog(code, FAULT_LOG_MS))
      this.#ports.log.warn({ meter: this.name, code, count: this.#faults[code] }, message);
  }

  #tick(): void {
    if (this.#options.isReplay) return;
    if (this.#untimed.isOver) void this.#takeUntimed();
    const silentMs = performance.now() - (this.#lastByteMs ?? this.#startedMs);
    // Frames without an end mark end by silence: time must pass for the decoder also when no bytes come.
    if (silentMs > TICK_MS && silentMs < 3 * TICK_MS && this.#lastByteMs !== undefined)
      void this.#handle(this.#ports.decoder.push(new Uint8Array(0), this.#ports.now()));
    if (silentMs < SILENT_MS) return;
    this.#silent = true;
    this.#problem = silentPort(this.#ports.transport.name);
    if (this.#mayLog("silent", SILENT_AGAIN_MS))
      this.#ports.log.warn({ meter: this.name, silentMs: Math.round(silentMs) }, this.#problem);
  }

  #mayLog(kind: string, everyMs: number): boolean {
    const now = performance.now();
    if (now - (this.#loggedAtMs.get(kind) ?? -Infinity) < everyMs) return false;
    this.#loggedAtMs.set(kind, now);
    return true;
  }
}

const silentPort = (name: string): string =>
  `no byte from ${name} for a minute: is the meter's customer interface activated (the grid operator's portal), is the cable in, are its wires and their polarity right, is it the right port?`;

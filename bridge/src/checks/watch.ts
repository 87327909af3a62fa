import { limitedLines, type NormalisedReading } from "@smp/schemas";
import type { Logger } from "pino";
import { Counter, Gauge, type Registry } from "prom-client";
import type { ConnectionLimits } from "./connection-limits.ts";
import { Plausibility, type Judgement } from "./plausibility.ts";
import { SequenceNumbers } from "./sequence.ts";

export interface WatchPorts {
  limits: ConnectionLimits;
  logger: Logger;
  metrics: Registry;
}

/** What is odd about a reading only in sight of those before it: told, counted, and never a reason to lose it. */
export class Watch {
  readonly #plausibility: Plausibility;
  readonly #sequence = new SequenceNumbers();
  readonly #logger: Logger;
  readonly #metrics: ReturnType<typeof createWatchMetrics>;
  /** All of what is odd is counted; lines tell of some. */
  readonly #lines = limitedLines();

  constructor({ limits, logger, metrics }: WatchPorts) {
    this.#plausibility = new Plausibility(({ meter, device }) => limits.of(meter, device));
    this.#logger = logger;
    this.#metrics = createWatchMetrics(metrics, () => this.#sequence.missing);
  }

  /** Begins with the newest readings that the store holds. */
  seed(
    latest: readonly {
      meter: string;
      registers: Readonly<Record<string, { value: number; t: number }>>;
      quality?: NormalisedReading["quality"];
    }[],
  ): void {
    // A suspect reading is nothing to measure others by: the next one is taken as it is.
    for (const { meter, registers, quality } of latest)
      if (!quality?.includes("suspect")) this.#plausibility.seed(meter, registers);
  }

  /** A deleted meter begins anew. */
  forget(meter: string): void {
    this.#plausibility.forget(meter);
  }

  /** A device that goes on elsewhere: what it sends there would be missing here when it comes back. */
  left(device: string): void {
    this.#sequence.forget(device);
  }

  /** The readings of a message, marked where they are suspect, and what goes to the log for them. */
  look(readings: readonly NormalisedReading[]): {
    accepted: NormalisedReading[];
    logged: readonly NormalisedReading[];
  } {
    const judgements = readings.map((reading) => this.#judge(reading));
    const [first] = judgements;
    return {
      accepted: judgements.map(({ reading }) => reading),
      logged: first && judgements.length === 1 ? first.readings : judgements.flatMap((one) => one.readings),
    };
  }

  #judge(given: NormalisedReading): Judgement {
    this.#noteSequence(given);
    const judgement = this.#plausibility.judge(given);
    const { reading, readings, replaces } = judgement;
    if (reading !== given) this.#suspect(reading);
    if (readings.length > 1) this.#confirmed(reading, readings.length - 1);
    if (replaces) this.#replaced(reading);
    return judgement;
  }

  #noteSequence({ device, s, t }: NormalisedReading): void {
    const missing = s === undefined ? undefined : this.#sequence.note(device, s, t);
    if (!missing) return;
    this.#metrics.gaps.inc();
    this.#warn(
      { device, ...missing },
      "readings of a device are missing: their sequence numbers have not come",
    );
  }

  #suspect({ meter, t }: NormalisedReading): void {
    this.#metrics.suspect.inc();
    this.#warn({ meter, t }, "a counter fell or jumped: the reading is kept, and left out of energy");
  }

  #confirmed({ meter, t }: NormalisedReading, readings: number): void {
    this.#metrics.confirmed.inc();
    this.#warn({ meter, t, readings }, "a counter's new level is confirmed: it was reset, or jumped");
  }

  #replaced({ meter, t }: NormalisedReading): void {
    this.#metrics.replaced.inc();
    this.#warn(
      { meter, t },
      "a reading takes the place of another one of the same time with other counters: a correction, or two devices with one certificate",
    );
  }

  #warn(facts: object, sentence: string): void {
    this.#lines((unlogged) => this.#logger.warn({ ...facts, unlogged }, sentence));
  }
}

function createWatchMetrics(
  registry: Registry,
  missing: () => number,
): Record<"suspect" | "confirmed" | "replaced" | "gaps", Counter> {
  const registers = [registry];
  const counter = (name: string, help: string): Counter =>
    new Counter({ name: `smp_ingest_${name}`, help, registers });
  void new Gauge({
    name: "smp_ingest_missing_readings",
    help: "Readings that devices' sequence numbers tell of and that have not arrived.",
    registers,
    collect() {
      this.set(missing());
    },
  });
  return {
    suspect: counter("suspect_total", "Readings whose counters fell or jumped, kept out of energy."),
    confirmed: counter("confirmed_total", "New levels of counters that three further readings confirmed."),
    replaced: counter(
      "replaced_total",
      "Readings that replaced one of the same meter and time with other counters.",
    ),
    gaps: counter("sequence_gaps_total", "Gaps seen in devices' sequence numbers."),
  };
}

import { isDerived, PlatformError, type NormalisedReading } from "@smp/schemas";
import type { Store } from "@smp/store";
import type { Logger } from "pino";
import type { Asked } from "./child.ts";
import { checkEmission } from "./emit.ts";
import { ExtensionFailure } from "./failure.ts";
import type { ExtensionMetrics } from "./metrics.ts";
import { pause } from "./pause.ts";
import { asking, storeView, type ReadableStore, type Sight } from "./store-view.ts";
import type { Supervisor } from "./supervisor.ts";

const BATCH_READINGS_MAX = 500;
const PAUSE_MS_MAX = 10_000;
/** Calls for the pieces of one batch. */
const PIECES_MAX = 64;
const STORED_MS_MAX = 60_000;
/** Of each processor; pruned when so many more are there. */
const EVENTS_KEPT = 1_000;
const EVENTS_SLACK = 100;

export type EventStore = ReadableStore & Pick<Store, "putDocument" | "documents">;

export interface ProcessorPorts {
  supervisor: Supervisor;
  store: EventStore;
  /** Resolves when the log holds the derived readings. */
  append: (readings: readonly NormalisedReading[]) => Promise<void>;
  /** The meters that the operator lets the processor see. */
  sight: Sight;
  metrics: ExtensionMetrics;
  logger: Logger;
  closing: AbortSignal;
  /** The log and the store are two: wait until the store holds a batch before the processor sees it. */
  storeFollows: boolean;
}

/**
 * Leads readings through one processor. The promise resolves when all of them are done with: what they led to is durable,
 * or they were passed over after five attempts. Only then may the caller move its position. When the platform closes
 * meanwhile it fails, and the readings come again.
 */
export function processing(ports: ProcessorPorts): (readings: readonly NormalisedReading[]) => Promise<void> {
  return async (readings) => {
    // Not those that processors derived: two of them could feed each other for ever.
    const wanted = readings.filter(
      ({ meter, device }) => !isDerived(device) && ports.sight.canRead(meter, "raw"),
    );
    if (ports.storeFollows) await stored(ports, wanted.at(-1));
    for (let start = 0; start < wanted.length; start += BATCH_READINGS_MAX)
      await insist(ports, wanted.slice(start, start + BATCH_READINGS_MAX));
  };
}

/** Keeps the newest events of a processor: a list that nobody can read to its end helps nobody. */
async function pruneEvents({ supervisor, store }: ProcessorPorts): Promise<void> {
  const prefix = `${supervisor.name}/`;
  const own = (await store.documents("event")).filter(({ id }) => id.startsWith(prefix));
  if (own.length <= EVENTS_KEPT + EVENTS_SLACK) return;
  const oldest = own.sort((a, b) => a.t - b.t).slice(0, own.length - EVENTS_KEPT);
  await store.putDocument(...oldest.map(({ kind, id }) => ({ kind, id, value: null, t: Date.now() })));
}

/**
 * Waits until the store holds the batch's last reading: a loader writes what comes from one partition in order. A reading
 * that never becomes visible, because its meter was deleted, holds things up for a minute only, in which the store answers.
 */
async function stored(
  { store, closing, logger }: ProcessorPorts,
  last: NormalisedReading | undefined,
): Promise<void> {
  if (!last) return;
  let waitedMs = 0;
  for (let waitMs = 20; waitedMs < STORED_MS_MAX && !closing.aborted; waitMs = Math.min(2 * waitMs, 2_000)) {
    try {
      for await (const page of store.raw({ meter: last.meter, from: last.t, to: last.t + 1 }))
        if (page.length > 0) return;
      waitedMs += waitMs;
    } catch (error) {
      logger.debug({ err: error }, "the store does not answer: a processor waits for it");
    }
    await pause(waitMs, closing);
  }
}

async function insist(ports: ProcessorPorts, readings: readonly NormalisedReading[]): Promise<void> {
  const { attemptsMax, attemptPauseMs } = ports.supervisor.limits;
  for (let attempt = 1; ; attempt++) {
    const failure = await judged(ports, readings, attempt);
    if (!failure) return;
    if (attempt >= attemptsMax) return await piecewise(ports, readings, failure, { calls: PIECES_MAX });
    await pause(Math.min(attemptPauseMs * 2 ** (attempt - 1), PAUSE_MS_MAX), ports.closing);
  }
}

/**
 * A batch that throws again and again is tried in halves: one reading that it cannot take, or so many that what it emits is
 * too much, must not cost the others. What is left is passed over.
 */
async function piecewise(
  ports: ProcessorPorts,
  readings: readonly NormalisedReading[],
  failure: ExtensionFailure,
  budget: { calls: number },
): Promise<void> {
  if (failure.reason !== "threw" || readings.length < 2) return passOver(ports, readings);
  const middle = Math.ceil(readings.length / 2);
  for (const half of [readings.slice(0, middle), readings.slice(middle)]) {
    if (budget.calls-- <= 0) passOver(ports, half);
    else {
      const still = await judged(ports, half, ports.supervisor.limits.attemptsMax);
      if (still) await piecewise(ports, half, still, budget);
    }
  }
}

function passOver(
  { supervisor, logger, metrics }: ProcessorPorts,
  readings: readonly NormalisedReading[],
): void {
  metrics.passedOver.inc({ extension: supervisor.name }, readings.length);
  logger.error(
    { extension: supervisor.name, readings: readings.length, first: readings[0]?.t },
    "readings were passed over: the processor failed on them again and again",
  );
}

/** One attempt; the failure if it was the processor's own. Waiting for a restart, or for the store, is no attempt. */
async function judged(
  ports: ProcessorPorts,
  readings: readonly NormalisedReading[],
  attempt: number,
): Promise<ExtensionFailure | undefined> {
  const { supervisor, logger, closing } = ports;
  for (let waits = 0; ; waits++) {
    if (closing.aborted) throw new ExtensionFailure(supervisor.name, "restarting", "is being closed.");
    try {
      await once(ports, readings);
      return undefined;
    } catch (error) {
      const own = error instanceof ExtensionFailure;
      logger.warn(
        { err: error, extension: supervisor.name, attempt, readings: readings.length },
        own ? "a processor failed on a batch" : "what a processor emitted could not be kept",
      );
      if (own && error.reason !== "restarting" && error.reason !== "busy") return error;
    }
    await pause(Math.min(supervisor.limits.attemptPauseMs * 2 ** waits, PAUSE_MS_MAX), closing);
  }
}

/** What is asked of the store, and the error that says that it is away. */
function watched(ask: Asked): { ask: Asked; away?: PlatformError } {
  const seen: { ask: Asked; away?: PlatformError } = {
    async ask(method, query) {
      try {
        return await ask(method, query);
      } catch (error) {
        if (error instanceof PlatformError && error.retryable) seen.away = error;
        throw error;
      }
    },
  };
  return seen;
}

async function once(ports: ProcessorPorts, readings: readonly NormalisedReading[]): Promise<void> {
  const { supervisor, store, sight, metrics } = ports;
  const { manifest } = supervisor.extension;
  const { read } = manifest.rights ?? {};
  const asked = read === undefined ? undefined : watched(asking(storeView(store, read, sight)));
  const { value } = await supervisor.call({ readings }, undefined, asked?.ask).catch((error: unknown) => {
    // The processor cannot go on without an answer: that the store is away is no failure of its own.
    throw asked?.away ?? error;
  });
  let emission: ReturnType<typeof checkEmission>;
  try {
    emission = checkEmission(value, manifest, sight, Date.now());
  } catch (error) {
    const failure =
      error instanceof ExtensionFailure
        ? error
        : new ExtensionFailure(manifest.name, "threw", `emitted what cannot be read: ${String(error)}.`);
    supervisor.failed(failure);
    throw failure;
  }
  if (emission.readings.length > 0) await ports.append(emission.readings);
  if (emission.events.length > 0) {
    await store.putDocument(...emission.events);
    await pruneEvents(ports);
  }
  metrics.emitted.inc({ extension: manifest.name, kind: "reading" }, emission.readings.length);
  metrics.emitted.inc({ extension: manifest.name, kind: "event" }, emission.events.length);
}

import type { ExtensionKind } from "../contract/manifest.ts";

/** Every limit of an extension's process, each stated once. */
export interface Limits {
  /** How long one call may take. */
  callMs: number;
  /** From start to loaded. */
  startMs: number;
  /** Calls at once, and calls and their bytes that wait for a turn. */
  concurrency: number;
  queueMax: number;
  queueBytesMax: number;
  /** JavaScript heap, and all memory of the process. */
  heapMiB: number;
  residentMiB: number;
  /** One answer, or one question to the store. */
  frameBytesMax: number;
  /** Questions to the store of one call, and at once. */
  asksMax: number;
  asksAtOnceMax: number;
  /** What it may write to stdout and stderr within ten seconds. */
  outputBytesMax: number;
  /** A process that was not called for so long ends; the next call starts another one. */
  idleMs: number;
  /** Pause before the restart after the n-th cut in a row. */
  backOffMs: readonly number[];
  /** A processor's batch: how often it is tried, and the pause before the second attempt, which then doubles. */
  attemptsMax: number;
  attemptPauseMs: number;
}

const SHARED = {
  startMs: 10_000,
  asksMax: 10_000,
  asksAtOnceMax: 16,
  outputBytesMax: 2 ** 20,
  idleMs: 600_000,
  backOffMs: [100, 400, 1_600, 6_400, 25_000, 60_000],
  attemptsMax: 5,
  attemptPauseMs: 200,
} as const;

export const LIMITS: Readonly<Record<ExtensionKind, Limits>> = {
  input: {
    ...SHARED,
    callMs: 1_000,
    concurrency: 1,
    queueMax: 1_000,
    queueBytesMax: 8 * 2 ** 20,
    heapMiB: 64,
    residentMiB: 192,
    frameBytesMax: 2 * 2 ** 20,
  },
  processor: {
    ...SHARED,
    callMs: 30_000,
    concurrency: 1,
    queueMax: 8,
    queueBytesMax: 32 * 2 ** 20,
    heapMiB: 128,
    residentMiB: 320,
    frameBytesMax: 4 * 2 ** 20,
  },
  output: {
    ...SHARED,
    callMs: 10_000,
    concurrency: 8,
    queueMax: 64,
    queueBytesMax: 4 * 2 ** 20,
    heapMiB: 128,
    residentMiB: 320,
    frameBytesMax: 9 * 2 ** 20,
  },
};

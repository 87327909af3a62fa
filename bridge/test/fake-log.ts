import type { Log, LogBatch } from "../src/log.ts";

/** A log that the test plays by hand: appends wait until `settle` or `fail` is called, unless `automatic`. */
export function fakeLog(automatic = true): Log & {
  batches: LogBatch[];
  pending: { batch: LogBatch; settle: () => void; fail: (error: Error) => void }[];
  failing: Error | undefined;
} {
  const log = {
    batches: [] as LogBatch[],
    pending: [] as { batch: LogBatch; settle: () => void; fail: (error: Error) => void }[],
    failing: undefined as Error | undefined,
    append(batch: LogBatch): Promise<void> {
      if (automatic) {
        if (log.failing) return Promise.reject(log.failing);
        log.batches.push(batch);
        return Promise.resolve();
      }
      return new Promise((resolve, reject) => {
        log.pending.push({
          batch,
          settle: () => {
            log.batches.push(batch);
            resolve();
          },
          fail: reject,
        });
      });
    },
    consume: () => Promise.resolve(),
    health: () => Promise.resolve({ ok: true }),
    close: () => Promise.resolve(),
  };
  return log;
}

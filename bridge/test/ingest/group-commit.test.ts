import { pino } from "pino";
import type { NormalisedReading } from "@smp/schemas";
import { describe, expect, test } from "vitest";
import { GroupCommit, type GroupCommitOptions } from "../../src/ingest/group-commit.ts";
import type { LogBatch } from "../../src/log.ts";
import { fakeLog } from "../fake-log.ts";

const part = (s: number): LogBatch => {
  const reading: NormalisedReading = { meter: "m7", device: "m7", t: s, received: 1, s, r: { "x-a": 1 } };
  return { readings: [reading], rejected: [], statuses: [] };
};
const numbers = (batch: LogBatch | undefined): (number | undefined)[] =>
  batch?.readings.map(({ s }) => s) ?? [];

function setUp(options: Partial<GroupCommitOptions> = {}): {
  commits: GroupCommit;
  log: ReturnType<typeof fakeLog>;
} {
  const log = fakeLog(false);
  const commits = new GroupCommit({
    log,
    logger: pino({ level: "silent" }),
    intervalMs: 0,
    batchMin: 1_000,
    batchMax: 1_000,
    queueBytesMax: 10_000,
    backOff: { firstMs: 1, maxMs: 2 },
    ...options,
  });
  return { commits, log };
}

describe("group commit", () => {
  test("appends at once when idle, and gathers while an append is under way", async () => {
    const { commits, log } = setUp();
    const order: number[] = [];
    const add = (s: number): Promise<void> => commits.add(part(s), 1).then(() => void order.push(s));
    const first = add(0);
    await expect.poll(() => log.pending.length).toBe(1);
    const others = [1, 2, 3].map(add);
    log.pending[0]?.settle();
    await first;
    await expect.poll(() => log.pending.length).toBe(2);
    expect(order).toEqual([0]);
    log.pending[1]?.settle();
    await Promise.all(others);
    expect(log.batches.map(numbers)).toEqual([[0], [1, 2, 3]]);
    expect(order).toEqual([0, 1, 2, 3]);
  });

  test("answers in order, though the log is done with the next append at once", async () => {
    const { commits } = setUp({ log: fakeLog(), batchMin: 1, batchMax: 1 });
    const order: number[] = [];
    const adds = [0, 1, 2, 3].map((s) => commits.add(part(s), 1).then(() => void order.push(s)));
    await Promise.all(adds);
    expect(order).toEqual([0, 1, 2, 3]);
  });

  test("repeats the same batch until the log takes it, and acknowledges nothing meanwhile", async () => {
    const { commits, log } = setUp();
    let acknowledged = 0;
    const first = commits.add(part(0), 1).then(() => acknowledged++);
    await expect.poll(() => log.pending.length).toBe(1);
    const second = commits.add(part(1), 1).then(() => acknowledged++);
    log.pending[0]?.fail(new Error("disk full"));
    await expect.poll(() => log.pending.length).toBe(2);
    expect(commits.ready).toBe(false);
    log.pending[1]?.fail(new Error("disk full"));
    await expect.poll(() => log.pending.length).toBe(3);
    expect(acknowledged).toBe(0);
    expect(log.pending.map(({ batch }) => numbers(batch))).toEqual([[0], [0], [0]]);
    log.pending[2]?.settle();
    await first;
    expect(commits.ready).toBe(true);
    await expect.poll(() => log.pending.length).toBe(4);
    log.pending[3]?.settle();
    await second;
    expect(log.batches.map(numbers)).toEqual([[0], [1]]);
  });

  test("starts again for who adds in the moment in which it came to rest", async () => {
    const { commits, log } = setUp();
    for (let s = 0; s < 3; s++) {
      const adding = commits.add(part(s), 1);
      await expect.poll(() => log.pending.length).toBe(s + 1);
      log.pending[s]?.settle();
      await adding;
    }
    expect(log.batches.map(numbers)).toEqual([[0], [1], [2]]);
  });

  test("holds no more than its batch and its queue may", async () => {
    const { commits, log } = setUp({ batchMax: 2, queueBytesMax: 50 });
    const all = [0, 1, 2, 3, 4].map((s) => commits.add(part(s), 10));
    await expect(commits.add(part(5), 10)).rejects.toMatchObject({ code: "overload", retryable: true });
    for (let batch = 0; batch < 3; batch++) {
      await expect.poll(() => log.pending.length).toBe(batch + 1);
      log.pending[batch]?.settle();
    }
    await Promise.all(all);
    expect(log.batches.map(numbers)).toEqual([[0, 1], [2, 3], [4]]);
    const again = commits.add(part(6), 50);
    await expect.poll(() => log.pending.length).toBe(4);
    log.pending[3]?.settle();
    await again;
  });

  test("keeps its distance between appends, but not when enough waits", async () => {
    const { commits, log } = setUp({ intervalMs: 60_000, batchMin: 3 });
    const first = commits.add(part(0), 1);
    await expect.poll(() => log.pending.length).toBe(1);
    log.pending[0]?.settle();
    await first;
    const second = commits.add(part(1), 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(log.pending).toHaveLength(1);
    const rest = [2, 3].map((s) => commits.add(part(s), 1));
    await expect.poll(() => log.pending.length).toBe(2);
    log.pending[1]?.settle();
    await Promise.all([second, ...rest]);
  });

  test("tells of the last append while the next one keeps its distance", async () => {
    const { commits, log } = setUp({ intervalMs: 60_000, batchMin: 3 });
    const first = commits.add(part(0), 1);
    await expect.poll(() => log.pending.length).toBe(1);
    const second = commits.add(part(1), 1);
    log.pending[0]?.settle();
    await first;
    expect(log.pending).toHaveLength(1);
    const closing = commits.close();
    await expect.poll(() => log.pending.length).toBe(2);
    log.pending[1]?.settle();
    await Promise.all([second, closing]);
  });

  test("begins the next append, when enough waits, before it tells of the last one", async () => {
    const { commits, log } = setUp({ intervalMs: 60_000, batchMin: 2 });
    const begun: number[] = [];
    const first = commits.add(part(0), 1).then(() => void begun.push(log.pending.length));
    await expect.poll(() => log.pending.length).toBe(1);
    const others = [1, 2].map((s) => commits.add(part(s), 1));
    log.pending[0]?.settle();
    await first;
    expect(begun).toEqual([2]);
    log.pending[1]?.fail(new Error("disk full"));
    await expect.poll(() => log.pending.length).toBe(3);
    log.pending[2]?.settle();
    await Promise.all(others);
    expect(log.batches.map(numbers)).toEqual([[0], [1, 2]]);
  });

  test("appends what waits when it closes, and then takes nothing more", async () => {
    const { commits, log } = setUp({ intervalMs: 60_000 });
    const first = commits.add(part(0), 1);
    await expect.poll(() => log.pending.length).toBe(1);
    log.pending[0]?.settle();
    await first;
    const second = commits.add(part(1), 1);
    const closing = commits.close();
    await expect.poll(() => log.pending.length).toBe(2);
    log.pending[1]?.settle();
    await Promise.all([second, closing]);
    await expect(commits.add(part(2), 1)).rejects.toMatchObject({ code: "closing" });
  });

  test("closes though the log hangs", async () => {
    const { commits, log } = setUp({ closeMsMax: 10 });
    void commits.add(part(0), 1);
    await expect.poll(() => log.pending.length).toBe(1);
    await commits.close();
    log.pending[0]?.settle();
  });

  test("says of what the log did not take at closing that it is not safe", async () => {
    const { commits, log } = setUp();
    const lost = commits.add(part(0), 1);
    const outcome = lost.catch((error: unknown) => error);
    await expect.poll(() => log.pending.length).toBe(1);
    const closing = commits.close();
    log.pending[0]?.fail(new Error("disk full"));
    expect(await outcome).toMatchObject({ code: "closing", retryable: true });
    await closing;
    expect(log.batches).toEqual([]);
  });
});

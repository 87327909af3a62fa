import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { CommitQueue } from "../../src/journal/commit-queue.ts";
import { logLines } from "../publisher/log-lines.ts";

test("one write takes 256 KiB of what waits, or one record that is larger", async () => {
  const writes: number[][] = [];
  const queue = new CommitQueue({
    log: logLines().log,
    directory: "journal",
    write: async (records) => void writes.push(records.map(({ sequence }) => sequence)),
  });
  const sizes = [200_000, 50_000, 50_000, 300_000, 10];
  const added = sizes.map((bytes, sequence) =>
    queue.add({ sequence, clockMs: 0, payload: Buffer.alloc(bytes) }),
  );
  expect(await Promise.all(added)).toEqual([0, 1, 2, 3, 4]);
  expect(writes).toEqual([[0, 1], [2], [3], [4]]);
});

test("a disk that takes nothing is told once, and when it takes something again; closing waits for what it writes", async () => {
  const { log, lines } = logLines();
  let failures = 2;
  let written = 0;
  const queue = new CommitQueue({
    log,
    directory: "journal",
    async write() {
      await turn();
      if (failures-- > 0) throw new Error("no room");
      written += 1;
    },
  });
  const record = { sequence: 1, clockMs: 0, payload: Buffer.of(1) };
  await queue.add(record);
  expect(lines).toHaveLength(2);
  const last = queue.add(record);
  await queue.close();
  expect(written).toBe(2);
  expect(await last).toBe(1);
});

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

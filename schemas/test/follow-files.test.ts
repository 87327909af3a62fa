import { expect, onTestFinished, test, vi } from "vitest";
import { followFiles } from "../src/follow-files.ts";

test("replaced files are told until they are taken over, and each failure once", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const file: { ino: number; fault?: Error } = { ino: 1 };
  let fits = true;
  let taken = 0;
  const failures: string[] = [];
  const stop = followFiles({
    paths: ["cert", "key"],
    everyMs: 1_000,
    stat: () =>
      file.fault ? Promise.reject(file.fault) : Promise.resolve({ ctimeMs: 1, size: 1, ino: file.ino }),
    changed: async () => {
      if (!fits) throw new Error(`file ${file.ino} does not fit`);
      taken += 1;
    },
    failed: (error) => void failures.push((error as Error).message),
  });
  onTestFinished(stop);
  const looks = (times: number): Promise<unknown> => vi.advanceTimersByTimeAsync(times * 1_000);

  await looks(3);
  expect(taken).toBe(0);
  file.ino = 2;
  await looks(3);
  expect(taken).toBe(1);
  fits = false;
  file.ino = 3;
  await looks(3);
  file.ino = 4;
  await looks(3);
  // What keeps them from fitting may lie elsewhere.
  fits = true;
  await looks(3);
  expect([taken, failures]).toEqual([2, ["file 3 does not fit", "file 4 does not fit"]]);
  file.fault = new Error("no such file");
  await looks(3);
  delete file.fault;
  file.ino = 5;
  await looks(3);
  expect([taken, failures.slice(2)]).toEqual([3, ["no such file"]]);
});

import { expect, onTestFinished, test, vi } from "vitest";
import { followFiles } from "../src/follow-files.ts";

test("replaced files are told until they are taken over, and each failure once", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const key: { ino: number; ctimeMs: number; fault?: Error } = { ino: 1, ctimeMs: 1 };
  let fits = true;
  let asked = 0;
  let taken = 0;
  let slow: Promise<void> | undefined;
  const failures: string[] = [];
  const stop = followFiles({
    paths: ["cert", "key"],
    everyMs: 1_000,
    stat: (path) =>
      key.fault
        ? Promise.reject(key.fault)
        : Promise.resolve(path === "key" ? { ...key, size: 1 } : { ctimeMs: 1, size: 1, ino: 1 }),
    changed: async () => {
      if (!fits) throw new Error(`file ${key.ino} does not fit`);
      asked += 1;
      await slow;
      taken += 1;
    },
    failed: (error) => void failures.push((error as Error).message),
  });
  onTestFinished(stop);
  const looks = (times: number): Promise<unknown> => vi.advanceTimersByTimeAsync(times * 1_000);

  await looks(3);
  expect(taken).toBe(0);
  key.ino = 2;
  await looks(3);
  expect(taken).toBe(1);
  fits = false;
  key.ino = 3;
  await looks(3);
  // Written anew in its place.
  key.ctimeMs = 2;
  await looks(3);
  // What keeps them from fitting may lie elsewhere.
  fits = true;
  await looks(3);
  expect([taken, failures]).toEqual([2, ["file 3 does not fit", "file 3 does not fit"]]);
  for (let time = 0; time < 2; time++) {
    key.fault = new Error("no such file");
    await looks(3);
    delete key.fault;
    key.ino += 1;
    await looks(3);
  }
  expect([taken, failures.slice(2)]).toEqual([4, ["no such file", "no such file"]]);
  // One that takes its time is not asked again meanwhile.
  let done = (): void => undefined;
  slow = new Promise((resolve) => (done = resolve));
  key.ino += 1;
  await looks(3);
  done();
  await looks(3);
  expect([asked, taken]).toEqual([5, 5]);
});

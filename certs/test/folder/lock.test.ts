import { lstatSync } from "node:fs";
import { lutimes, readdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { withLock } from "../../src/folder/lock.ts";
import { temporaryFolder } from "../pki-folder.ts";

test("a lock that this process holds is not taken for its forerunner's when the clock is set at boot", async () => {
  const lock = join(await temporaryFolder(), "index.lock");
  const order: string[] = [];
  let setFree = (): void => undefined;
  const first = withLock(lock, async () => {
    order.push("first begins");
    await new Promise<void>((resolve) => (setFree = resolve));
    order.push("first ends");
  });
  const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + 86_400_000);
  const second = withLock(lock, async () => void order.push("second"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  setFree();
  await Promise.all([first, second]);
  clock.mockRestore();
  expect(order).toEqual(["first begins", "first ends", "second"]);
});

test("a lock of another host, as of a killed container, is taken when nobody has touched it for a while, and not before", async () => {
  const lock = join(await temporaryFolder(), "index.lock");
  await symlink(`${process.pid} another-host ${Date.now()}`, lock);
  let seconds = 0;
  const beating = setInterval(() => void lutimes(lock, (seconds += 1), seconds).catch(() => undefined), 20);
  let taken = false;
  const waiting = withLock(lock, async () => void (taken = true), 300);
  await new Promise((resolve) => setTimeout(resolve, 600));
  clearInterval(beating);
  expect(taken).toBe(false);
  await waiting;
  expect(taken).toBe(true);
});

test("whoever holds a lock for long goes on giving signs of life", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const lock = join(await temporaryFolder(), "index.lock");
  const mtime = (): number => lstatSync(lock).mtimeMs;
  await withLock(lock, async () => {
    await lutimes(lock, 1, 1);
    vi.advanceTimersByTime(2_000);
    vi.useRealTimers();
    await expect.poll(mtime).toBeGreaterThan(1_000);
  });
  await rm(lock, { force: true });
});

test("a lock is gone when its task has ended, on every release of Node: it is a link that leads nowhere", async () => {
  const dir = await temporaryFolder();
  await withLock(join(dir, "index.lock"), async () => undefined);
  expect(await readdir(dir)).toEqual([]);
});

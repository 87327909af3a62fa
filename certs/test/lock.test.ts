import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { withLock } from "../src/lock.ts";
import { temporaryFolder } from "./pki-folder.ts";

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

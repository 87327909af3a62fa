import { expect, test } from "vitest";
import { Lanes } from "../src/lanes.ts";

const deferred = (): { promise: Promise<void>; resolve: () => void } => {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve: () => resolve() };
};

test("no more tasks run at once than there are lanes, each on its own, the others in order", async () => {
  const lanes = new Lanes("test", 2);
  const gates = [deferred(), deferred(), deferred(), deferred()];
  const started: string[] = [];
  const tasks = gates.map((gate, index) =>
    lanes.run(async (lane) => {
      started.push(`${index} on ${lane}`);
      await gate.promise;
    }),
  );
  await Promise.resolve();
  expect(started).toEqual(["0 on 1", "1 on 0"]);
  gates[1]?.resolve();
  await tasks[1];
  await Promise.resolve();
  expect(started).toEqual(["0 on 1", "1 on 0", "2 on 0"]);
  let idle = 0;
  const waiting = [lanes.idle().then(() => idle++)];
  for (const gate of gates.slice(1)) gate.resolve();
  await Promise.all(tasks.slice(1));
  expect(started[3]).toBe("3 on 0");
  // The first one still runs.
  waiting.push(lanes.idle().then(() => idle++));
  await new Promise((resolve) => setImmediate(resolve));
  expect(idle).toBe(0);
  gates[0]?.resolve();
  await Promise.all(waiting);
});

test("a task that fails frees its lane, and idle waits for all", async () => {
  const lanes = new Lanes("test", 1);
  const gate = deferred();
  const failed = lanes.run(async () => {
    await gate.promise;
    throw new Error("no");
  });
  const second = lanes.run(async () => "done");
  let idle = false;
  const waited = lanes.idle().then(() => (idle = true));
  gate.resolve();
  await expect(failed).rejects.toThrow("no");
  expect(await second).toBe("done");
  await waited;
  expect(idle).toBe(true);
  await lanes.idle();
});

test("when too many wait, callers are turned away with an error that may be tried again", async () => {
  const lanes = new Lanes("write", 1);
  const gate = deferred();
  const tasks = Array.from({ length: 1_001 }, () => lanes.run(() => gate.promise));
  await expect(lanes.run(async () => 1)).rejects.toMatchObject({ code: "store-busy", retryable: true });
  gate.resolve();
  await Promise.all(tasks);
  expect(await lanes.run(async () => 1)).toBe(1);
});

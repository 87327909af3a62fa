import { describe, expect, test } from "vitest";
import type { NormalisedReading } from "@smp/schemas";
import { statusWriter } from "../../src/load/device-status.ts";
import { createIngest } from "../../src/ingest/ingest.ts";
import { startLoad } from "../../src/load/load.ts";
import type { Log, LogBatch } from "../../src/log.ts";
import { directLog } from "../../src/log/direct.ts";
import { fakeStore } from "../fake-store.ts";

const reading: NormalisedReading = { meter: "m7", device: "m7", t: 1, received: 1, r: { "x-a": 1 } };
const batch = (content: Partial<LogBatch>): LogBatch => ({
  readings: [],
  rejected: [],
  statuses: [],
  ...content,
});
const status = (device: string, value: unknown, received: number) =>
  ({ device, kind: "status", value, received }) as const;

describe("the direct log", () => {
  test("holds what the store holds", async () => {
    const store = fakeStore();
    const log = directLog(store);
    const rejected = {
      device: "m7",
      topic: "",
      code: "schema",
      detail: "",
      received: 1,
      payload: "",
    } as const;
    await log.append(
      batch({ readings: [reading], rejected: [rejected], statuses: [status("m7", "online", 1)] }),
    );
    expect(store).toMatchObject({
      readings: [reading],
      rejections: [rejected],
      puts: [{ kind: "device-status", id: "m7", value: "online", t: 1 }],
    });
  });

  test("keeps no document of a deletion: the store has done it when it is told", async () => {
    const store = fakeStore();
    const deleted = { device: "m7", kind: "deleted", value: "m7.1", received: 1 } as const;
    await directLog(store).append(batch({ statuses: [deleted, status("m7", "online", 1)] }));
    expect(store.puts).toEqual([{ kind: "device-status", id: "m7", value: "online", t: 1 }]);
  });

  test("fails when the store fails, and an ingest above it repeats until it does not", async () => {
    const store = fakeStore();
    store.failing = new Error("disk full");
    const log = directLog(store);
    await expect(log.append(batch({ readings: [reading] }))).rejects.toThrow("disk full");
    expect(await log.health()).toEqual({ ok: false, detail: "disk full" });
    const ingest = createIngest({ log, batching: { backOff: { firstMs: 1, maxMs: 2 } } });
    const taking = ingest.take({
      device: "m7",
      topic: "sm/v1/m7/reading",
      payload: Buffer.from('{"v":1,"r":{"x-a":1}}'),
      received: 1_780_000_000_000,
    });
    await expect.poll(() => store.appends).toBeGreaterThan(3);
    expect(ingest.ready).toBe(false);
    store.failing = undefined;
    expect((await taking).accepted).toEqual(store.readings);
    expect(ingest.ready).toBe(true);
    await ingest.close();
  });

  test("writes of several words of a device the last one, and none that the store already has", async () => {
    const store = fakeStore();
    const log = directLog(store);
    await log.append(
      batch({ statuses: [status("m7", "online", 1), status("m7", "offline", 2), status("m8", "online", 3)] }),
    );
    await log.append(batch({ statuses: [status("m8", "online", 4), status("m7", "offline", 5)] }));
    await log.append(batch({ statuses: [status("m8", "offline", 6)] }));
    expect(store.puts.map(({ id, value, t }) => [id, value, t])).toEqual([
      ["m7", "offline", 2],
      ["m8", "online", 3],
      ["m8", "offline", 6],
    ]);
  });

  test("writes what a device is and how it is, and anew after a write that failed: it may be there all the same", async () => {
    const store = fakeStore();
    const write = statusWriter(store);
    await write([status("m7", "online", 1), { ...status("m7", "v2", 1), kind: "info" }]);
    store.failing = new Error("no answer in time");
    await expect(write([status("m7", "offline", 2)])).rejects.toThrow("no answer");
    store.failing = undefined;
    await write([status("m7", "online", 3)]);
    expect(store.puts.map(({ kind, value }) => [kind, value])).toEqual([
      ["device-status", "online"],
      ["device-info", "v2"],
      ["device-status", "online"],
    ]);
  });

  test("writes the words of a thousand devices that come back at once, as readings wait behind them", async () => {
    const store = fakeStore();
    let writes = 0;
    const { putDocument } = store;
    store.putDocument = (...documents) => {
      writes++;
      return putDocument(...documents);
    };
    const devices = Array.from({ length: 1_000 }, (_, index) => `m${index}`);
    await statusWriter(store)(devices.map((device) => status(device, "online", 1)));
    expect(writes).toBe(1);
    expect(store.puts.map(({ id }) => id)).toEqual(devices);
  });

  test("remembers the words of so many devices, and writes those of the others each time", async () => {
    const store = fakeStore();
    const write = statusWriter(store, 1);
    for (const [device, word] of [
      ["m7", "online"],
      ["m8", "online"],
      ["m8", "online"],
      ["m7", "offline"],
      ["m7", "offline"],
    ] as const)
      await write([status(device, word, 1)]);
    expect(store.puts.map(({ id, value }) => `${id} ${String(value)}`)).toEqual([
      "m7 online",
      "m8 online",
      "m8 online",
      "m7 offline",
    ]);
  });

  test("keeps what is rejected once, though its batch is repeated: it is written last", async () => {
    const store = fakeStore();
    const log = directLog(store);
    const one = { device: "m7", topic: "", code: "schema", detail: "", received: 1, payload: "" } as const;
    const mixed = batch({ readings: [reading], rejected: [one], statuses: [status("m7", "online", 1)] });
    for (const part of ["append", "putDocument"] as const) {
      const write = store[part];
      store[part] = () => Promise.reject(new Error("disk full"));
      await expect(log.append(mixed)).rejects.toThrow("disk full");
      store[part] = write as never;
    }
    await log.append(mixed);
    expect(store.rejections).toEqual([one]);
  });

  test("ends its consumer when it closes, and gives it nothing", async () => {
    const log = directLog(fakeStore());
    const consuming = log.consume(() => Promise.reject(new Error("there is nothing to load")));
    await log.close();
    await expect(consuming).resolves.toBeUndefined();
  });
});

/** A log whose consumer the test feeds. */
function fedLog(): Log & { feed: (batch: LogBatch) => Promise<void> } {
  let handle: (batch: LogBatch) => Promise<void> = () => Promise.reject(new Error("nobody consumes"));
  return {
    append: () => Promise.resolve(),
    consume(given) {
      handle = given;
      return new Promise(() => undefined);
    },
    health: () => Promise.resolve({ ok: true }),
    close: () => Promise.resolve(),
    feed: (content) => handle(content),
  };
}

describe("the loader", () => {
  const backOff = { firstMs: 1, maxMs: 2 };

  test("lets the log forget a batch only when the store holds it", async () => {
    const [log, store] = [fedLog(), fakeStore()];
    const load = startLoad({ log, store, backOff });
    store.failing = new Error("disk full");
    let forgotten = false;
    const feeding = log.feed(batch({ readings: [reading] })).then(() => {
      forgotten = true;
      return forgotten;
    });
    await expect.poll(() => store.appends).toBeGreaterThan(3);
    expect(forgotten).toBe(false);
    expect(await load.health()).toMatchObject({
      ok: false,
      detail: expect.stringContaining("disk full") as string,
    });
    store.failing = undefined;
    expect(await feeding).toBe(true);
    expect(store.readings).toEqual([reading]);
    expect(await load.health()).toEqual({ ok: true });
    await load.close();
  });

  test("gives a batch back to the log when it closes before the store took it", async () => {
    const [log, store] = [fedLog(), fakeStore()];
    const load = startLoad({ log, store, backOff: { firstMs: 60_000, maxMs: 60_000 } });
    store.failing = new Error("disk full");
    const outcome = log.feed(batch({ readings: [reading] })).catch((error: unknown) => error);
    await expect.poll(() => store.appends).toBe(1);
    await load.close();
    expect(await outcome).toMatchObject({ code: "closing" });
  });

  test("closes only when the store has the batch under way: then the store may be closed", async () => {
    const [log, store, order] = [fedLog(), fakeStore(), [] as string[]];
    let done = (): void => undefined;
    store.append = () =>
      new Promise<void>((resolve) => (done = resolve)).then(() => void order.push("stored"));
    const load = startLoad({ log, store, backOff });
    const feeding = log.feed(batch({ readings: [reading] }));
    const closing = load.close().then(() => order.push("closed"));
    done();
    await Promise.all([feeding, closing]);
    expect(order).toEqual(["stored", "closed"]);
  });

  test("is not healthy when its log cannot be read any more", async () => {
    const log = { ...fedLog(), consume: () => Promise.reject(new Error("no such group")) };
    const load = startLoad({ log, store: fakeStore(), backOff });
    await expect.poll(async () => (await load.health()).detail).toContain("no such group");
    await load.close();
  });
});

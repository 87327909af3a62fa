import { Counter, Registry as MetricsRegistry } from "prom-client";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LIMITS } from "../../src/limits.ts";
import { DeviceRates } from "../../src/messages/rates.ts";
import { TokenBucket } from "../../src/token-bucket.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const slowed = (): Counter => new Counter({ name: "slowed", help: "x", registers: [new MetricsRegistry()] });

/** Plays a device; `sent` shows when each of its messages had its turn, ms. */
class Device {
  readonly #rates: DeviceRates;
  readonly sent: (number | "refused")[] = [];

  constructor(rates: DeviceRates) {
    this.#rates = rates;
  }

  /** Resolves when the message had its turn. */
  async send(bytes: number): Promise<void> {
    const index = this.sent.push(Number.NaN) - 1;
    try {
      await this.#rates.turn("m7", bytes);
      this.sent[index] = performance.now();
    } catch {
      this.sent[index] = "refused";
    }
  }
}

describe("a token bucket", () => {
  test("lets its burst through at once, then its rate", () => {
    const bucket = new TokenBucket(5, 20);
    const waits = Array.from({ length: 25 }, () => {
      const waitMs = bucket.waitMs(1, 0);
      bucket.book(1, 0);
      return waitMs;
    });
    expect(waits.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 0));
    expect(waits.slice(20)).toEqual([200, 400, 600, 800, 1_000]);
    expect([bucket.isFull(4_999), bucket.isFull(5_000), bucket.waitMs(20, 5_000)]).toEqual([false, true, 0]);
  });
});

describe("the rate of a device", () => {
  test("is not felt by one that keeps to it", () => {
    const rates = new DeviceRates(LIMITS, slowed());
    for (let second = 0; second < 60; second++) {
      for (let n = 0; n < LIMITS.messagesPerSecond; n++) expect(rates.turn("m7", 2_000)).toBeUndefined();
      vi.advanceTimersByTime(1_000);
    }
  });

  test("slows down what comes beyond it, in the order of its arrival", async () => {
    const rates = new DeviceRates(LIMITS, slowed());
    const device = new Device(rates);
    const all = Array.from({ length: 30 }, () => device.send(100));
    await vi.advanceTimersByTimeAsync(10_000);
    await Promise.all(all);
    expect(device.sent.slice(0, 20).every((at) => at === device.sent[0])).toBe(true);
    const [first = 0] = device.sent as number[];
    const waits = (device.sent as number[]).slice(20).map((at) => Math.round((at - first) / 10) * 10);
    expect(waits).toEqual([200, 400, 600, 800, 1_000, 1_200, 1_400, 1_600, 1_800, 2_000]);
  });

  test("counts bytes, too", async () => {
    const device = new Device(new DeviceRates(LIMITS, slowed()));
    const all = Array.from({ length: 4 }, () => device.send(163_840));
    await vi.advanceTimersByTimeAsync(10_000);
    await Promise.all(all);
    const [first = 0, ...rest] = device.sent as number[];
    expect(rest.map((at) => Math.round((at - first) / 100) / 10)).toEqual([0, 2.7, 5.5]);
  });

  test("does not end the connection of a journal that drains, however long that takes", async () => {
    const device = new Device(new DeviceRates(LIMITS, slowed()));
    // A window of 16 whole messages, filled up at each PUBACK, for ten minutes.
    const drain = async (): Promise<void> => {
      const end = performance.now() + 600_000;
      while (performance.now() < end) await device.send(16_384);
    };
    const window = Array.from({ length: 16 }, drain);
    await vi.advanceTimersByTimeAsync(660_000);
    await Promise.all(window);
    expect(device.sent).not.toContain("refused");
    // 60 kB/s after the burst.
    expect(device.sent.length).toBeGreaterThan(2_150);
    expect(device.sent.length).toBeLessThan(2_300);
  });

  test("ends the connection of one that does not wait for PUBACKs, after ten seconds in which the rest is taken", async () => {
    const counter = slowed();
    const rates = new DeviceRates(LIMITS, counter);
    const device = new Device(rates);
    const all = Array.from({ length: 300 }, () => device.send(100));
    await vi.advanceTimersByTimeAsync(9_900);
    expect(device.sent).not.toContain("refused");
    await vi.advanceTimersByTimeAsync(200);
    await Promise.all(all);
    expect(device.sent.indexOf("refused")).toBe(70);
    expect(device.sent.slice(70)).toEqual(Array.from({ length: 230 }, () => "refused"));
    expect((await counter.get()).values[0]?.value).toBe(280);
    // What was refused is not owed: after the burst has grown again, nothing is left of it.
    await vi.advanceTimersByTimeAsync(4_000);
    expect(rates.turn("m7", 100)).toBeUndefined();
  });

  test("keeps the order of arrival also behind a message that is refused", async () => {
    const rates = new DeviceRates(LIMITS, slowed());
    const device = new Device(rates);
    const start = performance.now();
    const all = [LIMITS.bytesBurst, 2 * LIMITS.bytesBurst, 60_000].map((bytes) => device.send(bytes));
    await vi.advanceTimersByTimeAsync(9_000);
    rates.sweep();
    all.push(device.send(1));
    await vi.advanceTimersByTimeAsync(2_000);
    await Promise.all(all);
    const seconds = device.sent.map((at) => (at === "refused" ? at : Math.round((at - start) / 1_000)));
    expect(seconds).toEqual([0, "refused", 10, 10]);
  });

  test("is each device's own, and forgotten when it makes no difference", async () => {
    const rates = new DeviceRates(LIMITS, slowed());
    for (let n = 0; n < LIMITS.messagesBurst; n++) void rates.turn("m7", 1);
    expect(rates.turn("m8", 1)).toBeUndefined();
    expect(rates.turn("m7", 1)).toBeInstanceOf(Promise);
    rates.sweep();
    expect(rates.size).toBe(2);
    await vi.advanceTimersByTimeAsync(5_000);
    rates.sweep();
    expect(rates.size).toBe(0);
  });
});

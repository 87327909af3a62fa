import { EventEmitter } from "node:events";
import type { Client } from "aedes";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepAlive } from "../../src/connection/keepalive.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A client as Aedes leaves it after CONNACK, with a keepalive of 10 s. */
function connected(): { errors: string[]; packet: () => void; close: () => void } {
  const aedes = (): void => undefined;
  const client = Object.assign(new EventEmitter(), {
    _keepaliveInterval: 15_000,
    _keepaliveTimer: setTimeout(aedes, 15_000),
  });
  const errors: string[] = [];
  client.on("error", ({ message }: Error) => errors.push(message));
  keepAlive(client as unknown as Client);
  return {
    errors,
    packet: () => void client._keepaliveTimer.refresh(),
    close: () => clearTimeout(client._keepaliveTimer),
  };
}

test("a client that says nothing for one and a half times its keepalive is cut, once", () => {
  const { errors } = connected();
  vi.advanceTimersByTime(14_999);
  expect(errors).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(errors).toEqual(["keep alive timeout"]);
  vi.advanceTimersByTime(60_000);
  expect(errors).toHaveLength(1);
});

test("the time counts from its last packet, whenever that came", () => {
  const { errors, packet } = connected();
  for (const restMs of [1, 14_000, 14_999, 5_000]) {
    vi.advanceTimersByTime(restMs);
    packet();
  }
  vi.advanceTimersByTime(14_999);
  expect(errors).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(errors).toEqual(["keep alive timeout"]);
});

test("one that is gone leaves no timer, also after it was armed anew", () => {
  const { close, packet } = connected();
  vi.advanceTimersByTime(10_000);
  packet();
  vi.advanceTimersByTime(10_000);
  close();
  expect(vi.getTimerCount()).toBe(0);
});

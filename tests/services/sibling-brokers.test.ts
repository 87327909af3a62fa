import type { Broker } from "@smp/broker";
import type { NormalisedReading } from "@smp/schemas";
import { expect, test } from "vitest";
import { siblingBrokers } from "../../services/cluster/sibling-brokers.ts";

/** A broker with meters, and what it is told and tells. */
function brokerWith(meters: number) {
  const told: Record<string, unknown>[] = [];
  const heard: unknown[] = [];
  const left: string[] = [];
  let hear: (word: unknown) => void = () => undefined;
  const { join, listened } = siblingBrokers({
    tell: (word) => void told.push(word as Record<string, unknown>),
    listen: (listener) => void (hear = listener),
    assembled: () => Promise.resolve(),
  });
  const readings = Array.from({ length: meters }, (_, t) => ({ t }) as NormalisedReading);
  const broker = {
    hear: (words: unknown) => void heard.push(words),
    isListened: () => false,
    newest: () => readings,
    show: (shown: readonly unknown[]) => void heard.push(...shown),
  } as unknown as Broker;
  const open = (): void => join({ broker, ingest: { left: (device) => void left.push(device) } });
  return { told, heard, left, open, listened, hear: (word: unknown) => hear(word) };
}
const began = (role: string, id: string): object => ({ began: { identity: { role, id }, beganNs: 1 } });

test("what the others tell while a port opens is heard when it is open; a device that came to them has left", () => {
  const { heard, left, open, hear } = brokerWith(0);
  const early = [began("device", "m7"), began("consumer", "m8")];
  early.forEach(hear);
  expect(heard).toEqual([]);
  open();
  hear(began("device", "m9"));
  expect(heard).toEqual([...early, began("device", "m9")]);
  expect(left).toEqual(["m7", "m9"]);
});

test("who begins to be listened to asks the others, and is handed the newest reading of each meter in parts", async () => {
  const { told, heard, open, hear, listened } = brokerWith(401);
  open();
  listened();
  expect(told.splice(0)).toEqual([{ listened: true }]);
  const parts = (): number[] => told.map(({ newest }) => (newest as unknown[]).length);
  hear({ listened: true });
  // A second one, which may have missed the first part.
  hear({ listened: true });
  await expect.poll(parts).toEqual([200, 200, 1, 200, 200, 1]);
  hear({ newest: [{ t: 5 }] });
  expect(heard.at(-1)).toEqual({ t: 5 });
});

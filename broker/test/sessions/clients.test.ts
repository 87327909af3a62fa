import { promisify } from "node:util";
import { Aedes, type PublishPacket } from "aedes";
import { expect, test } from "vitest";
import { breakRecursion } from "../../src/sessions/clients.ts";

test("thousands of messages without a subscriber behind a slow one do not overflow the stack", async () => {
  const broker = await Aedes.createBroker({ concurrency: 1 });
  breakRecursion(broker);
  let release: () => void = () => undefined;
  await promisify(broker.subscribe.bind(broker))("slow", (_packet, done) => {
    release = done;
  });
  const publish = (topic: string): Promise<void> => {
    const packet: PublishPacket = { cmd: "publish", topic, payload: "", qos: 0, retain: false, dup: false };
    return new Promise((resolve) => broker.publish(packet, () => resolve()));
  };
  const all = ["slow", ...Array.from({ length: 20_000 }, () => "nobody")].map(publish);
  await expect.poll(() => release.name).not.toBe("release");
  release();
  expect(await Promise.all(all)).toHaveLength(20_001);
  await new Promise<void>((resolve) => broker.close(resolve));
});

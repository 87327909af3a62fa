import { once } from "node:events";
import { statusTopic } from "@smp/schemas";
import mqttPacket from "mqtt-packet";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LIMITS } from "../../src/limits.ts";
import { CONNECT, Harness, next, scriptedIngest } from "../harness.ts";
import { TestAuthority } from "../pki.ts";

const BYSTANDERS = 9;
const FLOOD = 2_000;
const { messagesPerSecond, messagesBurst, bytesPerSecond, bytesBurst } = LIMITS;
const { controlBytesPerSecond, controlBytesBurst } = LIMITS;

const authority = new TestAuthority();
const ingest = scriptedIngest(() => ({}));
let harness: Harness;

beforeAll(async () => {
  // The waiting is made shorter than ten seconds, the rates are the broker's own.
  const rates = { messagesPerSecond, messagesBurst, bytesPerSecond, bytesBurst };
  const limits = { ...rates, controlBytesPerSecond, controlBytesBurst, rateWaitMsMax: 2_000 };
  harness = await Harness.start({ ingest, limits }, {}, authority);
});
afterAll(() => harness.close());

const countOf = (device: string): number =>
  ingest.taken.filter(({ message }) => message.device === device).length;

test("N46: a device that floods is limited to its rate and then cut, and no other device is held up", async () => {
  const bystanders = await Promise.all(
    Array.from({ length: BYSTANDERS }, async (_, index) => {
      const id = `calm-${index}`;
      return { id, client: await harness.connect(authority.device(id), { clientId: id }) };
    }),
  );
  const flooder = await harness.socket(authority.device("flood"));
  flooder.write(mqttPacket.generate({ ...CONNECT, clientId: "flood" }));
  await once(flooder, "data");
  const began = performance.now();
  const gone = once(flooder, "close");
  for (let messageId = 1; messageId <= FLOOD; messageId++)
    flooder.write(
      mqttPacket.generate({
        cmd: "publish",
        topic: "sm/v1/flood/reading",
        payload: "{}",
        qos: 1,
        messageId,
        dup: false,
        retain: false,
      }),
    );
  await ingest.count(messagesBurst);
  // Each of the others is answered while the flood waits for its turn.
  for (let round = 0; round < 3; round++)
    await Promise.all(
      bystanders.map(({ id, client }) => client.publishAsync(`sm/v1/${id}/reading`, "{}", { qos: 1 })),
    );
  expect(flooder.closed).toBe(false);
  await gone;
  const seconds = (performance.now() - began) / 1_000;
  expect(countOf("flood")).toBeGreaterThan(messagesBurst);
  expect(countOf("flood")).toBeLessThanOrEqual(messagesBurst + messagesPerSecond * seconds + 1);
  expect(seconds).toBeGreaterThan(1.9);
  expect((await harness.log.line("rate")).msg).toContain("SMP_MQTT_MESSAGES_PER_SECOND");
  for (const { id, client } of bystanders) {
    expect(countOf(id)).toBe(3);
    await client.endAsync();
  }
});

test("a device that drains its journal in a window is slowed, keeps its connection and its order", async () => {
  const client = await harness.connect(authority.device("journal"), { clientId: "journal" });
  let next = 0;
  // More bytes than a client may send that are no messages.
  const message = (s: number): string => `{"s":${s}}`.padEnd(6_000);
  const drain = async (): Promise<void> => {
    while (next < 40) await client.publishAsync("sm/v1/journal/reading", message(next++), { qos: 1 });
  };
  // Eight in flight wait 1.6 s for their turns; ten would wait as long as the broker lets them, to the millisecond.
  await Promise.all(Array.from({ length: 8 }, drain));
  expect(client.connected).toBe(true);
  const taken = ingest.taken.filter(({ message }) => message.device === "journal");
  expect(taken.map(({ message }) => Buffer.from(message.payload).toString())).toEqual(
    Array.from({ length: 40 }, (_, s) => message(s)),
  );
  const metric = await harness.broker.metrics.getSingleMetric("smp_broker_slowed_messages_total")?.get();
  expect(metric?.values[0]?.value).toBeGreaterThan(10);
  await client.endAsync();
});

const PACKETS = {
  PINGREQ: mqttPacket.generate({ cmd: "pingreq" }),
  PUBACK: mqttPacket.generate({ cmd: "puback", messageId: 1 }),
  SUBSCRIBE: mqttPacket.generate({
    cmd: "subscribe",
    messageId: 1,
    subscriptions: [{ topic: "sm/v1/chatty/error", qos: 0 }],
  }),
};
test.each(Object.entries(PACKETS))(
  "a client that sends %s without an end is cut before it takes the event loop from the others",
  async (_, packet) => {
    const chatty = await harness.socket(authority.device("chatty"));
    chatty.write(mqttPacket.generate({ ...CONNECT, clientId: "chatty" }));
    await once(chatty, "data");
    harness.log.lines.length = 0;
    chatty.resume();
    const block = Buffer.concat(Array.from({ length: 2_000 }, () => packet));
    const pump = (): void => {
      while (!chatty.destroyed && chatty.write(block));
    };
    chatty.on("drain", pump);
    const cut = new Promise((resolve) => chatty.once("close", resolve));
    pump();
    await cut;
    expect((await harness.log.line("packet-rate")).msg).toContain(
      "chatty was disconnected: too many packets",
    );
  },
);

test("a service that is told at once how 3,000 devices are may acknowledge that", async () => {
  const devices = 3_000;
  for (let index = 0; index < devices; index++)
    harness.broker.hear({
      said: { topic: statusTopic(`m${index}`), qos: 1, retain: true, payload: "online", cameNs: 1 },
    });
  const certificate = authority.leaf({ san: "URI:urn:smp:service:home", commonName: "home" });
  const service = await harness.connect(certificate, { clientId: "home" });
  const heard = new Set<string>();
  const all = new Promise<void>((resolve) =>
    service.on("message", (topic) => heard.add(topic).size === devices && resolve()),
  );
  const cut = next(service, "close");
  await service.subscribeAsync("sm/v1/+/status", { qos: 1 });
  await Promise.race([all, cut]);
  // Its answer comes behind all acknowledgements.
  await Promise.race([service.subscribeAsync("sm/v1/+/info"), cut]);
  expect([heard.size, service.connected]).toEqual([devices, true]);
  await service.endAsync();
});

test("a consumer may subscribe to 256 meters by name at once", async () => {
  const consumer = await harness.connect(authority.consumer("home"), { clientId: "home" });
  const granted = await Promise.all(
    Array.from({ length: 256 }, (_, index) =>
      consumer.subscribeAsync(`live/v1/${"device-of-a-long-name".padEnd(40, "-")}.meter-${index}`),
    ),
  );
  expect(granted.flat()).toHaveLength(256);
});

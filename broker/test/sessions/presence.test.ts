import { infoTopic, statusTopic } from "@smp/schemas";
import type { MqttClient } from "mqtt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Presence } from "../../src/sessions/presence.ts";
import type { SiblingWords } from "../../src/sessions/siblings.ts";
import { Harness, next, scriptedIngest } from "../harness.ts";
import { TestAuthority } from "../pki.ts";

// Two brokers as two processes behind one port have them: what one tells, the other hears when the test passes it on.
const authority = new TestAuthority();
const device = authority.device("m7");
const service = authority.leaf({ san: "URI:urn:smp:service:home", commonName: "home" });
const told: SiblingWords[][] = [[], []];
const brokers: Harness[] = [];
const status = statusTopic("m7");
const ingest = scriptedIngest(() => ({}));

beforeAll(async () => {
  for (const words of told)
    brokers.push(await Harness.start({ ingest, tell: (word) => void words.push(word) }, {}, authority));
});
afterAll(async () => {
  for (const broker of brokers) await broker.close(broker === brokers.at(-1));
});

const at = (index: number): Harness => brokers[index]!;
/** Passes on what a broker has told so far. */
const passOn = (from: number): void =>
  told[from]!.splice(0).forEach((words) => at(1 - from).broker.hear(words));
const say = (client: MqttClient, topic: string, payload: string): Promise<unknown> =>
  client.publishAsync(topic, payload, { qos: 1, retain: true });

/** What somebody who comes now hears, of a topic that was retained. */
async function present(index: number, topic: string): Promise<unknown> {
  const client = await at(index).connect(service, { clientId: "" });
  const heard = next(client, "message");
  await client.subscribeAsync(topic, { qos: 1 });
  const [, payload, packet] = await heard;
  await client.endAsync();
  return [String(payload), (packet as { retain: boolean }).retain];
}

test("what a device says of itself is heard at the other process as at its own, and by who comes later", async () => {
  const listener = await at(1).connect(service);
  await listener.subscribeAsync("sm/v1/+/status", { qos: 1 });
  const heard = next(listener, "message");
  const client = await at(0).connect(device, { clientId: "m7" });
  const info = '{"model":"Zähler","firmware":"1"}';
  await say(client, status, "online");
  await say(client, infoTopic("m7"), info);
  await client.endAsync();
  passOn(0);
  const [topic, payload, packet] = await heard;
  expect([topic, String(payload), (packet as { qos: number }).qos]).toEqual([status, "online", 1]);
  for (const index of [0, 1]) {
    expect(await present(index, "sm/v1/+/status")).toEqual(["online", true]);
    expect(await present(index, "sm/v1/+/info")).toEqual([info, true]);
  }
  await listener.endAsync();
});

test("of words that cross each other, what the device said last counts at both", async () => {
  for (const index of [0, 1]) {
    const client = await at(index).connect(device, { clientId: "m7" });
    await say(client, status, index === 0 ? "offline" : "online");
    await client.endAsync();
  }
  // What came first is heard last.
  passOn(1);
  passOn(0);
  for (const index of [0, 1]) expect(await present(index, status)).toEqual(["online", true]);
});

test("a word that waits for the log is as old as when it came: the will of a session that went on elsewhere", async () => {
  told.forEach((words) => words.splice(0));
  const old = await at(0).connect(device, { clientId: "m7" });
  ingest.answer = undefined;
  const waiting = ingest.taken.length;
  const saying = say(old, status, "offline");
  await ingest.count(waiting + 1);
  ingest.answer = () => ({});
  const client = await at(1).connect(device, { clientId: "m7" });
  await say(client, status, "online");
  const [began, said] = told[1]!.splice(0);
  at(0).broker.hear(said!);
  ingest.at(waiting).accept();
  await saying;
  passOn(0);
  for (const index of [0, 1]) expect(await present(index, status)).toEqual(["online", true]);
  const ended = next(old, "close");
  at(0).broker.hear(began!);
  await ended;
  expect(told[0]).toContainEqual({ tookOver: { name: "device:m7", isAlarmed: false } });
  await client.endAsync();
});

test("of more topics than are kept, the one that was silent longest begins anew", () => {
  const heard: string[] = [];
  const publish = ({ topic }: { topic: string }): void => void heard.push(topic);
  const presence = new Presence({ tell: () => undefined, publish }, 2);
  const hear = (topic: string, cameNs: number): void =>
    presence.hear({ topic, qos: 1, retain: true, payload: "", cameNs });
  for (const [topic, cameNs] of [
    ["a", 5],
    ["b", 6],
    ["a", 7],
    ["c", 8],
  ] as const)
    hear(topic, cameNs);
  heard.length = 0;
  for (const topic of ["a", "c", "b"]) hear(topic, 1);
  expect(heard).toEqual(["b"]);
});

import { discoveryDocument, discoveryTopic, meterOfDiscoveryTopic, REGISTERS } from "@smp/schemas";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { homeAssistantDiscovery } from "../../src/live/home-assistant.ts";
import type { RegisteredCertificate, Registry } from "../../src/registry/registry.ts";
import { Harness, next, reading, scriptedIngest } from "../harness.ts";
import { TestAuthority, type Credentials } from "../pki.ts";

const T = 1_780_000_000_000;
const METER = "edge-1.1KFM0200123456";

describe("a meter's discovery message", () => {
  test("gives each counter the class that the energy dashboard wants, and each gauge its own", () => {
    const { dev, state_topic, cmps } = discoveryDocument(METER, ["1-0:1.8.0", "1-0:16.7.0", "x-boiler"]) as {
      dev: { ids: string[] };
      state_topic: string;
      cmps: Record<string, Record<string, unknown>>;
    };
    expect(state_topic).toBe(`live/v1/${METER}`);
    expect(dev.ids).toEqual(["smp_edge-1_1KFM0200123456"]);
    expect(Object.keys(cmps)).toEqual(["import_wh", "power_w"]);
    expect(cmps["import_wh"]).toEqual({
      p: "sensor",
      unique_id: "smp_edge-1_1KFM0200123456_import_wh",
      name: "Import",
      device_class: "energy",
      unit_of_measurement: "Wh",
      state_class: "total_increasing",
      value_template: "{{ value_json.import_wh | default('') }}",
    });
    expect(cmps["power_w"]).toMatchObject({
      device_class: "power",
      state_class: "measurement",
      expire_after: 300,
    });
  });

  test("has a sensor for every register of the table, with a unit that its class allows", () => {
    const allowed: Record<string, string[]> = {
      energy: ["Wh"],
      power: ["W"],
      voltage: ["V"],
      current: ["A"],
      frequency: ["Hz"],
      gas: ["m³"],
      water: ["m³"],
      reactive_power: ["var"],
      apparent_power: ["VA"],
    };
    const { cmps } = discoveryDocument(
      "m7",
      REGISTERS.map(({ code }) => code),
    ) as { cmps: Record<string, { device_class?: string; unit_of_measurement?: string }> };
    expect(Object.keys(cmps)).toHaveLength(REGISTERS.length);
    for (const { device_class: kind, unit_of_measurement: unit } of Object.values(cmps))
      if (kind !== undefined && kind !== "power_factor") expect(allowed[kind]).toContain(unit);
  });

  test.each([METER, "m7"])("has a topic without a dot, which leads back to %s", (meter) => {
    expect(discoveryTopic(meter)).toMatch(/^live\/homeassistant\/device\/[A-Za-z0-9_-]+\/config$/);
    expect(meterOfDiscoveryTopic(discoveryTopic(meter))).toBe(meter);
  });
});

test("a meter is announced once, and again when a new register comes; no more meters than the limit", () => {
  const topics: string[] = [];
  const payloads: string[] = [];
  const { announce, withdraw } = homeAssistantDiscovery(async (topic, payload) => {
    topics.push(topic);
    payloads.push(payload);
  }, 2);
  announce([reading("a", T, { "1-0:1.8.0": 1 }), reading("a", T + 1, { "1-0:1.8.0": 2 })]);
  announce([reading("a", T + 2, { "1-0:1.8.0": 3, "1-0:16.7.0": 1, "x-own": 1 })]);
  announce([reading("b", T, { "x-own": 1 }), reading("b", T, { "1-0:1.8.0": 1 })]);
  announce([reading("c", T, { "1-0:1.8.0": 1 })]);
  expect(topics).toEqual(["a", "a", "b"].map(discoveryTopic));
  void withdraw("a");
  void withdraw("c");
  expect([topics.slice(3), payloads.slice(3)]).toEqual([[discoveryTopic("a")], [""]]);
});

describe("Home Assistant at the broker", () => {
  let harness: Harness | undefined;
  afterEach(async () => {
    await harness?.broker.close();
  });
  afterAll(() => harness?.close());

  const authority = new TestAuthority();
  const [m7, m8] = [authority.device("m7"), authority.device("m8")];
  const [all, limited] = [authority.consumer("home-assistant"), authority.consumer("limited")];
  const certificates = new Map<string, RegisteredCertificate>([
    [m7.serial, { id: "m7", role: "device", revoked: false }],
    [m8.serial, { id: "m8", role: "device", revoked: false }],
    [all.serial, { id: "home-assistant", role: "consumer", revoked: false }],
    [limited.serial, { id: "limited", role: "consumer", revoked: false, meters: new Set(["m8"]) }],
  ]);
  const registry: Registry = {
    find: (serial) => certificates.get(serial),
    readOn: async () => undefined,
    onChange: () => () => undefined,
    newest: () => [],
  };
  const start = async (homeAssistant: boolean): Promise<Harness> => {
    const ingest = scriptedIngest(({ device }) => ({
      accepted: [reading(device, T, { "1-0:1.8.0": 5 })],
    }));
    return (harness = await Harness.start({ ingest, registry }, { homeAssistant }, authority));
  };
  const publish = async (running: Harness, id: string, credentials: Credentials): Promise<void> => {
    const device = await running.connect(credentials);
    await device.publishAsync(`sm/v1/${id}/reading`, "{}", { qos: 1 });
  };

  test("finds the meters below live/homeassistant by its own kind of filter, retained", async () => {
    const running = await start(true);
    await publish(running, "m7", m7);
    const homeAssistant = await running.connect(all);
    const message = next(homeAssistant, "message");
    await homeAssistant.subscribeAsync("live/homeassistant/device/+/config");
    const [topic, payload] = (await message) as [string, Buffer];
    expect(topic).toBe(discoveryTopic("m7"));
    expect(JSON.parse(payload.toString())).toMatchObject({ state_topic: "live/v1/m7" });
  });

  test("hears nothing of a meter that it may not see", async () => {
    const running = await start(true);
    const consumer = await running.connect(limited);
    await consumer.subscribeAsync("live/homeassistant/#");
    const heard = next(consumer, "message");
    await publish(running, "m7", m7);
    await publish(running, "m8", m8);
    expect((await heard)[0]).toBe(discoveryTopic("m8"));
  });

  test("is told nothing unless it is switched on", async () => {
    const running = await start(false);
    await publish(running, "m7", m7);
    const consumer = await running.connect(all);
    const topics: string[] = [];
    consumer.on("message", (topic) => topics.push(topic));
    const heard = next(consumer, "message");
    await consumer.subscribeAsync(["live/homeassistant/#", "live/v1/#"]);
    await heard;
    expect(new Set(topics)).toEqual(new Set(["live/v1/m7"]));
  });
});

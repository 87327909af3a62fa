import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addDevice } from "@smp/certs";
import { checkExtension, findExtension } from "@smp/extensions";
import mqtt, { type MqttClient } from "mqtt";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../../embedded/config.ts";
import { startPlatform, type Platform } from "../../start.ts";
import { askAs, expectExtensionsAtWork, type Ask } from "../support/extensions-at-work.ts";
import { PAGES, writePageFiles } from "../support/page-files.ts";

// The pages of docs/extend, followed as their reader would, on the embedded platform. production: extending.stack.test.ts
const LINES_MAX = 100;
let dir: string;
let platform: Platform;
let client: MqttClient;
let ask: Ask;

/** Extensions that hang, one of each kind, beside the good ones. */
async function writeHanging(): Promise<string[]> {
  const kinds = { input: "decode", processor: "process", output: "fetch" };
  const folders = Object.entries(kinds).map(async ([kind, method]) => {
    const folder = join(dir, `hanging-${kind}`);
    await mkdir(folder);
    const smp = { name: `hanging-${kind}`, kind, interface: 1 };
    await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module", main: "index.js", smp }));
    await writeFile(join(folder, "index.js"), `export default { ${method}() { for (;;) {} } };`);
    return folder;
  });
  return await Promise.all(folders);
}

/** A client with a new certificate of the device; with `input` its registry entry names the input. */
async function connect(id: string, input?: string): Promise<MqttClient> {
  const pki = join(dir, "data", "pki");
  const { files } = await addDevice({ dir: pki, id, ...(input !== undefined && { input }) });
  const [ca, cert, key] = await Promise.all([readFile(files.ca), readFile(files.cert), readFile(files.key)]);
  return await mqtt.connectAsync({
    protocol: "mqtts",
    host: "localhost",
    port: platform.mqttPort,
    clientId: id,
    ca,
    cert,
    key,
    reconnectPeriod: 0,
  });
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "smp-extending-"));
  for (const { page, folder } of Object.values(PAGES)) await writePageFiles(page, join(dir, folder));
  const folders = Object.values(PAGES).map(({ folder }) => join(dir, folder));
  platform = await startPlatform(
    readConfig({
      SMP_DATA_DIR: join(dir, "data"),
      SMP_HTTP_PORT: "0",
      SMP_MQTT_PORT: "0",
      SMP_MQTT_HOST: "127.0.0.1",
      SMP_SIMULATE: "false",
      SMP_EXTENSIONS: [...folders, ...(await writeHanging())].join(","),
      SMP_INPUTS: "acme:attic",
    }),
    pino({ level: "silent" }),
  );
  client = await connect("attic");
  ask = askAs(platform.httpUrl, platform.adminToken ?? "");
}, 60_000);
afterAll(async () => {
  await client?.endAsync(true);
  await platform?.close();
  await rm(dir, { recursive: true, force: true });
});

describe.each(Object.entries(PAGES))("the %s of its page", (_kind, { page, folder }) => {
  test(`is under ${LINES_MAX} lines`, async () => {
    const files = await writePageFiles(page, join(dir, `${folder}-again`));
    expect(files.has("index.js") && files.has("package.json")).toBe(true);
    for (const [file, content] of files)
      if (!file.startsWith("cases/")) expect(content.split("\n").length, file).toBeLessThan(LINES_MAX);
  });

  test("passes `smp extension test`", async () => {
    const checks = await checkExtension(await findExtension(join(dir, folder), dir));
    expect(checks.filter(({ fault }) => fault !== undefined)).toEqual([]);
    expect(checks.length).toBeGreaterThan(3);
  });
});

test("all three work in the platform that `npm start` starts, beside three that hang", async () => {
  await expectExtensionsAtWork({
    ask,
    publish: (topic, payload) => client.publishAsync(topic, payload, { qos: 1 }),
  });
  // The hanging ones: their calls fail, and the others' go on.
  expect((await fetch(`${platform.httpUrl}/x/hanging-output/`)).status).toBe(504);
  const { extensions } = await ask<{ extensions: { name: string; state: string }[] }>("/v1/extensions");
  expect(extensions.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["senml", "acme", "overvoltage", "display", "hanging-input"]),
  );
}, 60_000);

test("`smp device add --input` says which input reads a device's payloads, and its next certificate keeps it", async () => {
  const shed = await connect("shed", "acme");
  await shed.publishAsync("sm/v1/shed/raw/state", "P=1;E=2.5", { qos: 1 });
  await shed.endAsync(true);
  const { registers } = await ask<{ registers: Record<string, { value: number }> }>("/v1/meters/shed/latest");
  expect(registers["1-0:1.8.0"]?.value).toBe(2_500);
  const renewed = await addDevice({ dir: join(dir, "data", "pki"), id: "shed", force: true });
  expect(renewed.certificate.input).toBe("acme");
});

test("no device may bear the name of an extension", async () => {
  await expect(addDevice({ dir: join(dir, "data", "pki"), id: "x-overvoltage" })).rejects.toThrow(
    /does not begin with x-/,
  );
});

const sender =
  (token: string) =>
  (input: string, body: string): Promise<Response> =>
    fetch(`${platform.httpUrl}/v1/ingest/${input}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body,
    });

/** The development set-up's tap, subscribed to all meters; its newest payload of each topic. */
async function tapped(): Promise<{ tap: MqttClient; seen: Map<string, string> }> {
  const { ca, cert, key } = platform.pki.consumers["tap"]!;
  const tap = await mqtt.connectAsync({
    protocol: "mqtts",
    host: "localhost",
    port: platform.mqttPort,
    ca: await readFile(ca),
    cert: await readFile(cert),
    key: await readFile(key),
    reconnectPeriod: 0,
  });
  const seen = new Map<string, string>();
  tap.on("message", (topic, payload) => seen.set(topic, payload.toString()));
  await tap.subscribeAsync("live/v1/#");
  return { tap, seen };
}

test("readings over HTTP and those of processors are on the live mirror; a deleted meter leaves it", async () => {
  const wish = { name: "esp", scopes: ["ingest"], device: "garage" };
  const { token } = await ask<{ token: string }>("/v1/tokens", {
    method: "POST",
    body: JSON.stringify(wish),
  });
  const { tap, seen } = await tapped();
  expect((await sender(token)("reading", '{"v":1,"r":{"1-0:32.7.0":231}}')).status).toBe(204);
  const derived = "live/v1/x-overvoltage.garage";
  await expect.poll(() => seen.get("live/v1/garage"), { timeout: 20_000 }).toContain("231");
  await expect.poll(() => seen.get(derived), { timeout: 20_000 }).toContain("231");

  const deletion = await ask<{ live: string }>("/v1/meters/garage", { method: "DELETE" });
  expect(deletion.live).toBe("done");
  await expect.poll(() => seen.get("live/v1/garage"), { timeout: 20_000 }).toBe("");
  // Who comes now is told what is there.
  const late = await tapped();
  await expect.poll(() => late.seen.get(derived), { timeout: 20_000 }).toContain("231");
  expect(late.seen.has("live/v1/garage")).toBe(false);
  await Promise.all([tap.endAsync(true), late.tap.endAsync(true)]);
}, 60_000);

test("a device that only speaks HTTP hands in its payload with a token of its own", async () => {
  const wish = { name: "esp", scopes: ["ingest"], device: "cellar" };
  const { token } = await ask<{ token: string }>("/v1/tokens", {
    method: "POST",
    body: JSON.stringify(wish),
  });
  const send = sender(token);
  expect((await send("acme", "P=0.5;E=1.5")).status).toBe(204);
  expect((await send("reading", '{"v":1,"r":{"1-0:32.7.0":229}}')).status).toBe(204);
  const { registers } = await ask<{ registers: Record<string, { value: number }> }>(
    "/v1/meters/cellar/latest",
  );
  expect([registers["1-0:1.8.0"]?.value, registers["1-0:32.7.0"]?.value]).toEqual([1_500, 229]);
  const refused = await send("acme", "P=much");
  expect([refused.status, (await refused.json()) as object]).toMatchObject([
    422,
    { detail: expect.stringContaining("is no P=... or E=... with a number") },
  ]);
  const hung = await send("hanging-input", "x");
  expect([hung.status, (await hung.json()) as object]).toMatchObject([
    422,
    { detail: expect.stringMatching(/^input-failed: .*no answer within 1000 ms/) },
  ]);
  const { messages } = await ask<{ messages: { code: string }[] }>("/v1/rejected?device=cellar");
  expect(messages.map(({ code }) => code).sort()).toEqual(["input-failed", "input-fault"]);
});

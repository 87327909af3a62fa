import { copyFileSync, readFileSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startBroker, type Broker } from "../src/broker.ts";
import { recordingLogger, scriptedIngest, Harness } from "./harness.ts";
import { TestAuthority, type Credentials } from "./pki.ts";

const authority = new TestAuthority();
const own = { certFile: join(authority.folder, "own.crt"), keyFile: join(authority.folder, "own.key") };
let harness: Harness;

const newServer = (): Credentials =>
  authority.leaf({
    san: "DNS:localhost,URI:urn:smp:service:broker",
    commonName: "broker",
    usage: "serverAuth",
  });

/** Puts files in place as a renewal does: whole, by a new name. */
function install({ certFile, keyFile }: { certFile: string; keyFile: string }): void {
  for (const [from, to] of [
    [keyFile, own.keyFile],
    [certFile, own.certFile],
  ] as const) {
    copyFileSync(from, `${to}.new`);
    renameSync(`${to}.new`, to);
  }
}

async function shownSerial(): Promise<string | undefined> {
  const socket = await harness.socket(authority.device("m8"));
  const serial = socket.getPeerX509Certificate()?.serialNumber;
  socket.destroy();
  return serial;
}

beforeAll(async () => {
  install(newServer());
  harness = await Harness.start(
    { ingest: scriptedIngest(() => ({})), limits: { credentialsPollMs: 50 } },
    own,
    authority,
  );
});
afterAll(() => harness.close());

test("N17: a renewed certificate is shown to new clients, and those who are connected stay", async () => {
  const before = await shownSerial();
  const client = await harness.connect(authority.device("m7"));
  const renewed = newServer();
  install(renewed);
  await expect.poll(shownSerial, { timeout: 5_000 }).toBe(renewed.serial);
  expect(renewed.serial).not.toBe(before);
  await client.publishAsync("sm/v1/m7/reading", "{}", { qos: 1 });
  await client.endAsync();
});

test("N18: a certificate that does not fit its key changes nothing", async () => {
  const before = await shownSerial();
  install({ certFile: newServer().certFile, keyFile: newServer().keyFile });
  await expect.poll(() => harness.log.lines.some(({ msg }) => msg.includes("the old one stays"))).toBe(true);
  expect(await shownSerial()).toBe(before);
  writeFileSync(own.certFile, "garbage");
  expect(await shownSerial()).toBe(before);
});

test("a renewal whose key becomes usable later, by a change of its owner, is taken over then", async () => {
  const renewed = newServer();
  // Who owns a file, or may read it, is no content: the time of writing stays. (To root every file is readable, hence another key.)
  const writeKey = (from: string): void => {
    writeFileSync(own.keyFile, readFileSync(from));
    utimesSync(own.keyFile, 1, 1);
  };
  const failures = (): number =>
    harness.log.lines.filter(({ msg }) => msg.includes("the old one stays")).length;
  writeKey(newServer().keyFile);
  copyFileSync(renewed.certFile, own.certFile);
  utimesSync(own.certFile, 1, 1);
  const before = failures();
  utimesSync(own.certFile, 2, 2);
  await expect.poll(failures, { timeout: 5_000 }).toBeGreaterThan(before);
  writeKey(renewed.keyFile);
  await expect.poll(shownSerial, { timeout: 5_000 }).toBe(renewed.serial);
});

test("a broker does not start with files that do not fit together", async () => {
  const start = (files: { certFile: string; keyFile: string }): Promise<Broker> => {
    const config = {
      host: "127.0.0.1",
      port: 0,
      caFile: authority.caFile,
      registryFile: "",
      ...files,
    };
    return startBroker(config, { ingest: scriptedIngest(), logger: recordingLogger().logger });
  };
  await expect(start({ certFile: newServer().certFile, keyFile: newServer().keyFile })).rejects.toThrow(
    /do not fit together/,
  );
  await expect(start({ certFile: "none.crt", keyFile: "none.key" })).rejects.toThrow(
    /none\.(crt|key) cannot be read: create the certificates/,
  );
});

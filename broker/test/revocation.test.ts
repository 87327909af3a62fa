import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import mqttPacket from "mqtt-packet";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openRegistryFile, type FileRegistry } from "../src/registry/file.ts";
import { CONNECT, Harness, recordingLogger, scriptedIngest } from "./harness.ts";
import { TestAuthority, type Credentials } from "./pki.ts";

const folder = mkdtempSync(join(tmpdir(), "smp-revocation-"));
const path = join(folder, "index.jsonl");
const authority = new TestAuthority();
const registryLog = recordingLogger();
let registry: FileRegistry;
let harness: Harness;

const line = (event: "issued" | "revoked", { serial }: Credentials, id: string): string =>
  `${JSON.stringify({ event, at: "2026-11-24T12:00:00.000Z", serial, id, role: "device" })}\n`;

/** A device of the registry. */
function issue(id: string): Credentials {
  const credentials = authority.device(id);
  appendFileSync(path, line("issued", credentials, id));
  return credentials;
}

async function revoke(credentials: Credentials, id: string): Promise<void> {
  appendFileSync(path, line("revoked", credentials, id));
  await registry.readOn();
}

beforeAll(async () => {
  writeFileSync(path, "");
  harness = await start();
});
afterAll(async () => {
  registry.close();
  await harness.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  harness.log.lines.length = 0;
});

async function start(): Promise<Harness> {
  registry = await openRegistryFile(path, { logger: registryLog.logger, pollMs: 20 });
  return Harness.start({ ingest: scriptedIngest(() => ({})), registry }, {}, authority);
}

/** Connects with a given TLS version and maybe a session to resume; gives the return code of CONNACK. */
async function connectWith(
  credentials: Credentials,
  id: string,
  version: "TLSv1.2" | "TLSv1.3",
  toResume?: Buffer,
): Promise<{ code: number | undefined; resumed: boolean; session: Buffer | undefined; socket: TLSSocket }> {
  const socket = connect({
    port: harness.broker.port,
    host: "127.0.0.1",
    servername: "localhost",
    ca: authority.ca,
    cert: credentials.cert,
    key: credentials.key,
    minVersion: version,
    maxVersion: version,
    ...(toResume && { session: toResume }),
  });
  socket.on("error", () => undefined);
  await once(socket, "secureConnect");
  let kept: Buffer | undefined = socket.getSession();
  // With TLS 1.3 a session comes after the handshake.
  socket.on("session", (session: Buffer) => (kept = session));
  socket.write(mqttPacket.generate({ ...CONNECT, clientId: id }));
  const [answer] = (await Promise.race([once(socket, "data"), once(socket, "close")])) as [Buffer | boolean];
  const code = Buffer.isBuffer(answer) ? answer[3] : undefined;
  return { code, resumed: socket.isSessionReused(), session: kept, socket };
}

test("N09: a revoked certificate is refused at its next connection", async () => {
  const device = issue("m9");
  await registry.readOn();
  const client = await harness.connect(device);
  await client.endAsync();
  await revoke(device, "m9");
  expect(await harness.refused(device)).toBe(5);
  expect((await harness.log.line("certificate-revoked")).msg).toContain("m9 is revoked");
});

describe("a TLS session", () => {
  test.each([
    ["N11", "m11", "TLSv1.3"],
    ["N12", "m12", "TLSv1.2"],
  ] as const)("%s: of the revoked device %s with %s is not resumed", async (_, id, version) => {
    const device = issue(id);
    await registry.readOn();
    const first = await connectWith(device, id, version);
    expect(first.code).toBe(0);
    expect(first.session).toBeInstanceOf(Buffer);
    first.socket.destroy();
    await revoke(device, id);
    const second = await connectWith(device, id, version, first.session);
    expect([second.resumed, second.code]).toEqual([false, 5]);
  });

  test.each(["TLSv1.3", "TLSv1.2"] as const)(
    "N13: with %s is not resumed, so that a certificate that has expired meanwhile is looked at again",
    async (version) => {
      const id = version === "TLSv1.3" ? "m13" : "m14";
      const device = issue(id);
      await registry.readOn();
      const first = await connectWith(device, id, version);
      first.socket.destroy();
      const second = await connectWith(device, id, version, first.session);
      expect([second.resumed, second.code]).toEqual([false, 0]);
      second.socket.destroy();
    },
  );
});

describe("a registry file", () => {
  test("N15: that is replaced by garbage changes nothing, and the log says so", async () => {
    const [good, bad] = [issue("m15"), issue("m16")];
    await registry.readOn();
    await revoke(bad, "m16");
    const client = await harness.connect(good);
    for (const garbage of ["", "\u0000\u0001garbage", "not json\n", `${"x".repeat(100_000)}\n`]) {
      writeFileSync(`${path}.new`, garbage);
      renameSync(`${path}.new`, path);
      await registry.readOn();
      expect(registry.find(good.serial)).toMatchObject({ revoked: false });
      expect(registry.find(bad.serial)).toMatchObject({ revoked: true });
    }
    expect(client.connected).toBe(true);
    const alarms = registryLog.lines.filter(({ msg }) => msg.includes("the last known state stays"));
    // Once for each, however often the file is looked at.
    expect(alarms).toHaveLength(4);
    await client.endAsync();
    const again = await harness.connect(good);
    await again.endAsync();
    // A whole file is taken over again, and what was revoked stays so, even if that file is too old to know.
    writeFileSync(`${path}.new`, line("issued", good, "m15") + line("issued", bad, "m16"));
    renameSync(`${path}.new`, path);
    await registry.readOn();
    expect(registry.find(bad.serial)).toMatchObject({ revoked: true });
  });

  test("N16: that is gone leaves devices connected, and known revocations hold", async () => {
    const [good, bad] = [issue("m17"), issue("m18")];
    await registry.readOn();
    await revoke(bad, "m18");
    const client = await harness.connect(good);
    rmSync(path);
    await expect(registry.readOn()).rejects.toThrow(/ENOENT/);
    expect(await harness.refused(bad)).toBe(5);
    expect(client.connected).toBe(true);
    await client.endAsync();
  });
});

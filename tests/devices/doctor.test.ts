import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Server } from "node:net";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { addConsumer, addDevice, addService, initCa, revoke, type BundleFiles } from "@smp/certs";
import { DAY_MS } from "@smp/schemas";
import { Aedes } from "aedes";
import { connectAsync } from "mqtt";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { examine, type DoctorOptions } from "../../edge/src/doctor/doctor.ts";
import type { Finding } from "../../edge/src/doctor/finding.ts";
import { readConfig } from "../../embedded/config.ts";
import { startPlatform, type Platform } from "../../start.ts";

let dir: string;
let pki: string;
let platform: Platform;
let kitchen: string;
let tap: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "smp-doctor-"));
  pki = join(dir, "pki");
  // An older CA, so that certificates of the past can be made with it.
  await initCa({ dir: pki, now: new Date(Date.now() - 100 * DAY_MS) });
  platform = await startPlatform(
    readConfig({
      SMP_DATA_DIR: dir,
      SMP_HTTP_PORT: "0",
      SMP_MQTT_PORT: "0",
      SMP_MQTT_HOST: "127.0.0.1",
      SMP_EST_PORT: "0",
      SMP_SIMULATE: "false",
      SMP_MQTT_CONNECTIONS_PER_ADDRESS_BURST: "1000",
    }),
    pino({ level: "silent" }),
  );
  kitchen = folderOf((await addDevice({ dir: pki, id: "kitchen" })).files);
  tap = join(pki, "consumers/tap");
});
afterAll(async () => {
  await platform.close();
  await rm(dir, { recursive: true, force: true });
});

const folderOf = ({ cert }: BundleFiles): string => dirname(cert);

/** What the doctor says of each step. */
async function doctor(
  options: Partial<DoctorOptions> = {},
): Promise<{ healthy: boolean; said: Record<string, Finding> }> {
  const said: Record<string, Finding> = {};
  const healthy = await examine(
    {
      url: `mqtts://localhost:${platform.mqttPort}`,
      certDir: kitchen,
      estUrl: `https://localhost:${platform.estPort}`,
      ...options,
    },
    (finding) => (said[finding.step] = finding),
  );
  return { healthy, said };
}
const statusesOf = (said: Record<string, Finding>): string[] =>
  Object.values(said).map(({ status }) => status);

/** A device's folder with some files of another. */
async function mixed(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(dir, "mixed-"));
  for (const name of ["ca.crt", "client.crt", "client.key"])
    await copyFile(files[name] ?? join(kitchen, name), join(folder, name));
  return folder;
}

async function listening(server: Server): Promise<number> {
  await once(server.listen(0, "localhost"), "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** The device sends a reading, as it does by itself. */
async function sendReading(): Promise<void> {
  const of = (name: string): Promise<Buffer> => readFile(join(kitchen, name));
  const [ca, cert, key] = await Promise.all([of("ca.crt"), of("client.crt"), of("client.key")]);
  const client = await connectAsync(`mqtts://localhost:${platform.mqttPort}`, {
    ca,
    cert,
    key,
    clientId: "",
  });
  await client.publishAsync("sm/v1/kitchen/reading", '{"v":1,"r":{"x-watts":1}}', { qos: 1 });
  await client.endAsync();
}

describe("all is well", () => {
  test("for a device, with a consumer's certificate to look at the mirror", async () => {
    await sendReading();
    const { healthy, said } = await doctor({ tapDir: tap });
    expect(Object.keys(said)).toEqual([
      "DNS",
      "TCP",
      "TLS",
      "certificate",
      "clock",
      "CONNECT",
      "rights",
      "reading",
      "mirror",
    ]);
    expect(statusesOf(said)).toEqual(Array.from({ length: 9 }, () => "ok"));
    expect(healthy).toBe(true);
    expect(said["certificate"]?.text).toMatch(/^device kitchen, key prime256v1, valid until \d{4}-/);
    expect(said["mirror"]?.text).toMatch(/^live\/v1\/kitchen shows \{.*x-watts/);
  });

  test("and leaves no meter behind, only a rejected message that says what it was", async () => {
    const { files } = await addDevice({ dir: pki, id: "attic" });
    expect((await doctor({ certDir: folderOf(files) })).healthy).toBe(true);
    const ask = async (path: string): Promise<unknown> =>
      (
        await fetch(`${platform.httpUrl}/v1/${path}`, {
          headers: { authorization: `Bearer ${platform.adminToken}` },
        })
      ).json();
    expect(JSON.stringify(await ask("meters"))).not.toContain("attic");
    const { messages } = (await ask("rejected?device=attic")) as { messages: { payload: string }[] };
    expect(messages.map(({ payload }) => Buffer.from(payload, "base64").toString())).toEqual([
      "smp doctor: a test, and no reading",
    ]);
  });

  test("without one, it says what a device cannot see", async () => {
    const { healthy, said } = await doctor();
    expect(healthy).toBe(true);
    expect(said["reading"]?.text).toContain("what this device sends reaches the platform");
    expect(said["mirror"]).toMatchObject({
      status: "unknown",
      text: expect.stringContaining("--tap-dir") as string,
    });
  });

  test("for a consumer", async () => {
    await sendReading();
    const { healthy, said } = await doctor({ certDir: tap });
    expect(healthy).toBe(true);
    expect(said["rights"]?.text).toBe("may subscribe to live/v1/#, and not to sm/v1/+/reading");
    expect(said["reading"]).toMatchObject({ status: "unknown", text: "only devices publish: not tried" });
    expect(said["mirror"]?.status).toBe("ok");
  });
});

describe("what is wrong is said, with how to mend it, and what hangs on it is skipped:", () => {
  const failing = async (
    step: string,
    options: Partial<DoctorOptions>,
  ): Promise<Finding & { said: Record<string, Finding> }> => {
    const { healthy, said } = await doctor(options);
    expect(healthy).toBe(false);
    const failures = Object.values(said).filter(({ status }) => status === "failed");
    expect(failures.map((finding) => finding.step)).toContain(step);
    for (const { mend } of failures) expect(mend).toMatch(/\w/);
    return { ...said[step]!, said };
  };

  test("a wrong host", async () => {
    const { text, said } = await failing("DNS", { url: "mqtts://no-such-host.invalid:8883" });
    expect(text).toMatch(/^the name no-such-host\.invalid is not known/);
    expect([said["TCP"]?.status, said["CONNECT"]?.status, said["mirror"]?.status]).toEqual([
      "skipped",
      "skipped",
      "skipped",
    ]);
    expect(said["certificate"]?.status).toBe("ok");
  });

  test("a host by a name that the certificate lacks", async () => {
    await addService({ dir: pki, id: "elsewhere", hostnames: ["platform.example", "192.0.2.7"] });
    const url = new URL(await otherBroker(() => undefined, "elsewhere"));
    const { address, family } = await lookup("localhost");
    for (const host of ["localhost", address]) {
      url.hostname = host === address && family === 6 ? `[${address}]` : host;
      const { text, mend } = await failing("TLS", { url: url.href });
      expect(text).toBe(
        `the broker's certificate is not for ${host}; it carries platform.example, 192.0.2.7`,
      );
      expect(mend).toContain(`SMP_MQTT_NAMES=${host}`);
    }
  });

  test("a port at which nothing listens", async () => {
    const server = createServer();
    const port = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    const { text, mend } = await failing("TCP", { url: `mqtts://localhost:${port}` });
    expect(text).toBe(`nothing listens at localhost:${port}`);
    expect(mend).toContain("8883");
  });

  test("a port that does not speak TLS", async () => {
    const port = await listening(
      createServer((socket) => socket.on("error", () => undefined).end("220 hello\r\n")),
    );
    expect((await failing("TLS", { url: `mqtts://localhost:${port}` })).text).toMatch(
      /does not speak TLS|breaks off/,
    );
  });

  test("a wrong ca.crt", async () => {
    const other = join(dir, "other-pki");
    await initCa({ dir: other });
    const { text, said } = await failing("TLS", {
      certDir: await mixed({ "ca.crt": join(other, "ca.crt") }),
    });
    expect(text).toMatch(/^the broker's certificate does not come from this ca\.crt/);
    expect(said["certificate"]?.text).toBe("client.crt and ca.crt are of two different platforms");
  });

  test("an expired certificate", async () => {
    const past = new Date(Date.now() - 40 * DAY_MS);
    const { files } = await addDevice({ dir: pki, id: "old", days: 30, now: past });
    const { text, mend } = await failing("certificate", { certDir: folderOf(files) });
    expect(text).toMatch(/^the certificate of device old expired on .*; this machine's clock says 20/);
    expect(mend).toContain("smp device renew old");
  });

  test("a certificate that is not yet valid", async () => {
    const { files } = await addDevice({ dir: pki, id: "early", now: new Date(Date.now() + 2 * DAY_MS) });
    const { text, mend } = await failing("certificate", { certDir: folderOf(files) });
    expect(text).toMatch(/^the certificate of device early is not valid before /);
    expect(mend).toContain("NTP");
  });

  test("a revoked certificate, though TLS goes well", async () => {
    const { files } = await addDevice({ dir: pki, id: "lost" });
    await revoke("device", { dir: pki, id: "lost", reason: "stolen" });
    const { text, mend, said } = await failing("CONNECT", { certDir: folderOf(files) });
    expect(said["TLS"]?.status).toBe("ok");
    expect(text).toMatch(
      /was revoked, or is not in the registry|ends the connection behind the TLS handshake/,
    );
    expect(mend).toContain("MQTT 3.1.1 has none for the client");
  });

  test("a key that belongs to another certificate", async () => {
    const { files } = await addDevice({ dir: pki, id: "cellar" });
    const { text } = await failing("certificate", { certDir: await mixed({ "client.key": files.key }) });
    expect(text).toBe("client.key does not belong to client.crt");
  });

  test("a key that others can read, and files that are missing", async () => {
    const folder = await mixed({});
    await writeFile(join(folder, "client.key"), await readFile(join(kitchen, "client.key")), { mode: 0o644 });
    await chmod(join(folder, "client.key"), 0o644);
    const exposed = await failing("certificate", { certDir: folder });
    expect(exposed.text).toContain("chmod 600");
    expect(exposed.mend).toContain("smp device renew");
    const empty = join(dir, "empty");
    await mkdir(empty);
    const { text, said } = await failing("certificate", { certDir: empty });
    expect(text).toBe(
      ["ca.crt", "client.crt", "client.key"].map((name) => `there is no ${join(empty, name)}`).join("; "),
    );
    expect(said["TLS"]?.status).toBe("skipped");
  });

  test("a certificate without its issuing CA", async () => {
    const folder = await mixed({});
    const [leaf = ""] = (await readFile(join(kitchen, "client.crt"), "utf8")).split(
      /(?<=-----END CERTIFICATE-----\n)/,
    );
    await writeFile(join(folder, "client.crt"), leaf);
    expect((await failing("certificate", { certDir: folder })).text).toMatch(
      /lacks the certificate of the CA/,
    );
  });

  test.each([
    [-1_200_000, /is 1\d{3} s behind the platform/],
    [1_200_000, /is 1\d{3} s ahead of the platform .*readings more than ten minutes ahead are rejected/],
  ])("a clock that is %d ms off", async (offsetMs, expected) => {
    const now = (): Date => new Date(Date.now() + offsetMs);
    const { text, mend } = await failing("clock", { now });
    expect(text).toMatch(expected);
    expect(mend).toContain("NTP");
  });

  test("a clock that is years off makes the certificates look void, and is named", async () => {
    const { text, said } = await failing("certificate", { now: () => new Date("1970-01-01T00:10:00Z") });
    expect(text).toContain("this machine's clock says 1970-01-01T00:10:00.000Z");
    expect(said["TLS"]?.mend).toContain("set this machine's clock");
    expect(said["clock"]?.text).toMatch(/behind the platform/);
  });

  test("a platform whose time cannot be asked is no failure", async () => {
    const { healthy, said } = await doctor({ estUrl: "https://localhost:1" });
    expect(healthy).toBe(true);
    expect(said["clock"]).toMatchObject({
      status: "unknown",
      text: expect.stringContaining("MQTT does not tell the time") as string,
    });
  });

  test("a topic of another device", async () => {
    const { text, mend } = await failing("rights", { topic: "sm/v1/kitchn/reading" });
    expect(text).toContain(
      "the broker closes the connection without a word, which is all that MQTT 3.1.1 can do",
    );
    expect(mend).toContain("publish below sm/v1/kitchen/");
  });

  /** A broker of somebody else with our server certificate. */
  async function otherBroker(configure: (aedes: Aedes) => void, service = "broker"): Promise<string> {
    const aedes = await Aedes.createBroker();
    configure(aedes);
    const server = join(pki, "services", service);
    const port = await listening(
      createTlsServer(
        {
          cert: await readFile(join(server, "server.crt")),
          key: await readFile(join(server, "server.key")),
          ca: await readFile(join(pki, "ca.crt")),
          requestCert: true,
        },
        (socket) => aedes.handle(socket),
      ),
    );
    onTestFinished(() => new Promise<void>((resolve) => aedes.close(() => resolve())));
    return `mqtts://localhost:${port}`;
  }

  test("a broker that is not ready", async () => {
    const url = await otherBroker((aedes) => {
      aedes.authenticate = (_client, _name, _password, done) =>
        done(Object.assign(new Error("not ready"), { returnCode: 3 }), null);
    });
    expect((await failing("CONNECT", { url })).text).toMatch(/^the broker is not ready/);
  });

  test("a broker that lets everybody read everything", async () => {
    const url = await otherBroker(() => undefined);
    expect((await failing("rights", { url })).text).toMatch(/lets device kitchen subscribe to live\/v1\/#/);
  });

  test("a broker behind which nobody reads what devices send", async () => {
    const url = await otherBroker((aedes) => {
      aedes.authorizeSubscribe = (_client, subscription, done) =>
        done(null, subscription.topic.startsWith("live/") ? null : subscription);
    });
    const { text, mend } = await failing("reading", { url });
    expect(text).toMatch(/^the test message was acknowledged, but sm\/v1\/kitchen\/error is silent/);
    expect(mend).toContain("smp bridge");
  });

  test("a platform that rejects the device's readings says why on the error topic", async () => {
    const url = await otherBroker((aedes) => {
      aedes.authorizeSubscribe = (_client, subscription, done) =>
        done(null, subscription.topic.startsWith("live/") ? null : subscription);
      aedes.authorizePublish = (_client, packet, done) => {
        const payload = '{"title":"Reading rejected","code":"schema","detail":"no."}';
        if (packet.topic.endsWith("/reading"))
          aedes.publish(
            { cmd: "publish", topic: "sm/v1/kitchen/error", payload, qos: 0, retain: false, dup: false },
            () => undefined,
          );
        done(null);
      };
    });
    expect((await failing("reading", { url })).text).toBe("the platform rejected a reading: no. (schema)");
  });

  test("a consumer that may not see the meter", async () => {
    const { files } = await addConsumer({ dir: pki, id: "neighbour", meters: ["cellar"] });
    const { text, mend } = await failing("mirror", { tapDir: folderOf(files) });
    expect(text).toBe("no reading of kitchen is on live/v1/kitchen");
    expect(mend).toContain("smp consumer show");
  });
});

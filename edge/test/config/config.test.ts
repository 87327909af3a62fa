import { readFileSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { parseConfigFile } from "../../src/config/config-file.ts";
import { configOf, environmentValues, type EdgeConfig } from "../../src/config/config.ts";
import { loadKey, parseKey } from "../../src/config/keys.ts";
import { DEVICE_SETTINGS, METER_SETTINGS } from "../../src/config/settings.ts";
import { scratch } from "../journal/scratch.ts";

const KEY = "36c66639e48a8ca4d6bc8b282a793bbb";

const readConfig = (environment: Parameters<typeof environmentValues>[0]): EdgeConfig =>
  configOf(environmentValues(environment));

describe("the environment", () => {
  test("the least that works: a port, a name, and the rest by default", () => {
    expect(readConfig({ SMP_SERIAL: "/dev/ttyUSB0", SMP_DEVICE: "house-7" })).toEqual({
      device: "house-7",
      dataDirectory: "data/edge",
      reconnect: { firstMsMax: 30_000, msMax: 120_000 },
      journal: { daysMax: 30, bytesMax: 256 << 20, drain: "oldest-first", drainPerSecond: 2 },
      httpPort: 9110,
      meters: [
        {
          name: "meter",
          source: {
            kind: "serial",
            path: "/dev/ttyUSB0",
            baudRate: 2_400,
            dataBits: 8,
            parity: "even",
            stopBits: 1,
          },
          timeZone: "Europe/Vienna",
          intervalSeconds: 0,
        },
      ],
    });
  });

  test("everything can be chosen", () => {
    const config = readConfig({
      SMP_TCP: "[fe80::1]:2001",
      MQTT_URL: "mqtts://broker.example:8883",
      SMP_CERT_DIR: "/etc/smp-edge/certs",
      SMP_KEY_FILE: "/etc/smp-edge/meter.key",
      SMP_AUTH_KEY_FILE: "/etc/smp-edge/auth.key",
      SMP_REGISTERS: "1-0:1.8.0, 1-0:2.8.0",
      SMP_INTERVAL_SECONDS: "900",
      SMP_PROTOCOL: "hdlc",
      SMP_EDGE_HTTP_PORT: "off",
      SMP_DRAIN: "newest-first",
    });
    expect(config.broker).toEqual({
      url: "mqtts://broker.example:8883",
      certificates: "/etc/smp-edge/certs",
      renewalUrl: "https://broker.example:8085",
    });
    expect(config.httpPort).toBeUndefined();
    expect(config.journal.drain).toBe("newest-first");
    expect(config.meters[0]).toMatchObject({
      source: { kind: "tcp", host: "fe80::1", port: 2_001 },
      key: { file: "/etc/smp-edge/meter.key" },
      authenticationKey: { file: "/etc/smp-edge/auth.key" },
      registers: ["1-0:1.8.0", "1-0:2.8.0"],
      intervalSeconds: 900,
      protocol: "hdlc",
    });
  });

  test("certificates without a broker are for the broker on this machine", () => {
    expect(readConfig({ SMP_SERIAL: "/dev/x", SMP_CERT_DIR: "certs" }).broker).toEqual({
      url: "mqtts://localhost:8883",
      certificates: "certs",
      renewalUrl: "https://localhost:8085",
    });
  });

  test("the certificate renews itself beside the broker, elsewhere, or not at all", () => {
    const renewalUrl = (url: string): string | undefined =>
      readConfig({ SMP_SERIAL: "/dev/x", SMP_CERT_DIR: "certs", SMP_EST_URL: url }).broker?.renewalUrl;
    expect(renewalUrl("https://est.example:443")).toBe("https://est.example:443");
    expect(renewalUrl("off")).toBeUndefined();
    expect(() => renewalUrl("http://est.example")).toThrow(
      /SMP_EST_URL is "http:\/\/est\.example", but must be/,
    );
  });

  test.each([
    ["MQTT_URL", "mqtts://platform.example:88830"],
    ["MQTT_URL", "mqtts://platform example:8883"],
    ["MQTT_URL", "mqtts://[2001:db8::1:8883"],
    ["SMP_EST_URL", "https://platform.example:80850"],
    ["SMP_TCP", "10.0.0.5:70000"],
    ["SMP_TCP", "10.0.0.5:0"],
  ])("%s=%s is refused, and does not make a device that keeps everything to itself", (name, value) => {
    const environment = {
      SMP_DEVICE: "house-7",
      SMP_CERT_DIR: "certs",
      MQTT_URL: "mqtts://platform.example",
    };
    const source = name === "SMP_TCP" ? {} : { SMP_SERIAL: "/dev/ttyUSB0" };
    const read = (): unknown => readConfig({ ...environment, ...source, [name]: value });
    expect(read).toThrow(`${name} is "${value}", but `);
  });

  test("every fault is reported at once, with its variable", () => {
    const faults = (() => {
      try {
        readConfig({
          SMP_SERIAL: "/dev/ttyUSB0",
          SMP_TCP: "nowhere",
          MQTT_URL: "mqtt://broker.example:1883",
          SMP_DEVICE: "House 7",
          SMP_REGISTERS: "1.8.0",
          SMP_TIME_ZONE: "Europe/Wien",
          SMP_INTERVAL_SECONDS: "often",
          SMP_JOURNAL_DAYS: "0",
          SMP_EDGE_HTTP_PORT: "70000",
          SMP_PROTOCOL: "modbus",
        });
      } catch (error) {
        return String(error);
      }
      return "";
    })();
    for (const expected of [
      "only one of SMP_SERIAL, SMP_TCP, SMP_REPLAY",
      'MQTT_URL is "mqtt://broker.example:1883": unencrypted',
      'SMP_DEVICE is "House 7"',
      'SMP_REGISTERS has "1.8.0"',
      'SMP_TIME_ZONE is "Europe/Wien"',
      'SMP_INTERVAL_SECONDS is "often"',
      'SMP_JOURNAL_DAYS is "0"',
      'SMP_EDGE_HTTP_PORT is "70000"',
      'SMP_PROTOCOL is "modbus"',
    ])
      expect(faults).toContain(expected);
  });

  test.each([
    [{}, /one of SMP_SERIAL, SMP_TCP, SMP_REPLAY is required/],
    [{ SMP_SERIAL: "/dev/x" }, /SMP_DEVICE is required/],
    [
      { SMP_SERIAL: "/dev/x", MQTT_URL: "mqtts://a:8883" },
      /^PlatformError: SMP_CERT_DIR is required with MQTT_URL[^\n]*$/,
    ],
    [
      { SMP_SERIAL: "/dev/x", SMP_DEVICE: "a", MQTT_URL: "https://a:8883" },
      /MQTT_URL is "https:\/\/a:8883", but must be mqtts:\/\/HOST:PORT/,
    ],
    [{ SMP_TCP: "host", SMP_DEVICE: "a" }, /SMP_TCP is "host", but must be HOST:PORT/],
  ])("%o is refused", (environment, expected) => {
    let message = "";
    try {
      readConfig(environment);
    } catch (error) {
      message = String(error);
    }
    expect(message).toMatch(expected);
  });

  test("a key in the environment is not looked at: every child process would inherit it", () => {
    expect(readConfig({ SMP_SERIAL: "/dev/x", SMP_DEVICE: "a", SMP_KEY: KEY }).meters[0]).not.toHaveProperty(
      "key",
    );
  });
});

describe("the file", () => {
  const YAML = `
device: house-7
data: /var/lib/smp-edge
broker:
  url: mqtts://broker.example:8883
  certificates: /etc/smp-edge/certs
  reconnectFirstSeconds: 5
  reconnectSecondsMax: 600
journal: { days: 60, megabytes: 64, drain: newest-first, drainPerSecond: 4 }
http: { port: off }
meters:
  - name: main
    serial: /dev/ttyUSB0
    keyFile: /etc/smp-edge/main.key
    registers: ["1-0:1.8.0", "1-0:2.8.0"]
    intervalSeconds: 900
  - tcp: 10.0.0.5:2001
    parity: none
`;

  test("holds several meters, each with its own choice", () => {
    const config = parseConfigFile(YAML, "edge.yaml");
    expect(config).toMatchObject({
      device: "house-7",
      dataDirectory: "/var/lib/smp-edge/edge",
      reconnect: { firstMsMax: 5_000, msMax: 600_000 },
      journal: { daysMax: 60, bytesMax: 64 << 20, drain: "newest-first", drainPerSecond: 4 },
    });
    expect(config.httpPort).toBeUndefined();
    expect(config.meters.map(({ name }) => name)).toEqual(["main", "meter-2"]);
    expect(config.meters[0]).toMatchObject({
      registers: ["1-0:1.8.0", "1-0:2.8.0"],
      intervalSeconds: 900,
      key: { file: "/etc/smp-edge/main.key" },
    });
    expect(config.meters[1]?.source).toEqual({ kind: "tcp", host: "10.0.0.5", port: 2_001 });
  });

  test("may be JSON", () => {
    expect(parseConfigFile('{"device":"a","meters":[{"replay":"x.hex"}]}', "edge.json").meters).toHaveLength(
      1,
    );
  });

  test.each([
    [
      "device: a\nmeters:\n  - serial: /dev/x\n    pairty: even",
      /edge.yaml: meters\[0\]\.pairty is not known: is it misspelt\?/,
    ],
    [
      "device: a\nmeters:\n  - serial: /dev/x\n    key: 36c66639e48a8ca4d6bc8b282a793bbb",
      /meters\[0\]\.key is not known/,
    ],
    ["device: a\nmeters:\n  - serial: /dev/x\n    baudRate: fast", /meters\[0\]\.baudRate is "fast"/],
    [
      "device: a\nbroker: { url: mqtts://a:8883 }\nmeters: [{ serial: /dev/x }]",
      /broker\.certificates is required with broker\.url/,
    ],
    [
      "device: a\nmeters: [{}]",
      /one of meters\[0\]\.serial, meters\[0\]\.tcp, meters\[0\]\.replay is required/,
    ],
    ["device: a\nmeters: [{ serial: /dev/x, name: m }, { serial: /dev/y, name: m }]", /name "m" twice/],
    ["device: a\nmeters: []", /meters are 0/],
    ["device: a\nmeters: yes", /meters must be a list/],
    [
      "device: a\njournal: { days: [1] }\nmeters: [{ serial: /dev/x }]",
      /journal\.days must be a text or a number/,
    ],
    ["- a", /must hold keys and values/],
    ["a: [", /neither YAML nor JSON/],
    ["a: &a [*a, *a]", /./],
  ])("%j is refused with its place", (text, expected) => {
    expect(() => parseConfigFile(text, "edge.yaml")).toThrow(expected);
  });
});

describe("a meter's key", () => {
  test.each([
    KEY,
    KEY.toUpperCase(),
    `0x${KEY}`,
    ` ${KEY}\n`,
    `"${KEY}"`,
    KEY.replace(/../g, "$& "),
    KEY.replace(/..(?=.)/g, "$&:"),
    KEY.replace(/../g, "0x$&, "),
    Buffer.from(KEY).toString("hex"),
  ])("is understood as people paste it: %j", (text) => {
    expect(parseKey(text, "file")).toBe(KEY);
  });

  test.each([
    ["00000000000000000000000000000000", /placeholder/],
    ["FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", /placeholder/],
    ["000102030405060708090a0b0c0d0e0f", /placeholder/],
    ["36c6", /32 hex digits .* 4 characters/],
    [`${KEY}00`, /34 characters/],
    ["", /0 characters/],
    ["the key is in the drawer, really", /32 hex digits/],
  ])("%j is refused, without being repeated", (text, expected) => {
    expect(() => parseKey(text, "/etc/key")).toThrow(expected);
    if (text.length > 8) expect(() => parseKey(text, "/etc/key")).not.toThrow(new RegExp(text));
  });

  test.each(["644", "640", "604", "660", "777"])(
    "in a file of mode 0%s is refused, with the command that mends it",
    async (mode) => {
      const path = join(await scratch(), "meter.key");
      await writeFile(path, KEY);
      await chmod(path, mode);
      await expect(loadKey({ file: path })).rejects.toThrow(`chmod 600 ${path}`);
    },
  );

  test.each(["600", "400"])("in a file of mode 0%s is read", async (mode) => {
    const path = join(await scratch(), "meter.key");
    await writeFile(path, `${KEY}\n`);
    await chmod(path, mode);
    expect(await loadKey({ file: path })).toBe(KEY);
  });

  test("as a systemd credential is read, whose access list shows as a group's right", async () => {
    const directory = join(await scratch(), "credentials");
    await mkdir(directory);
    await writeFile(join(directory, "meter.key"), KEY);
    await chmod(join(directory, "meter.key"), 0o440);
    await expect(loadKey({ file: join(directory, "meter.key") })).rejects.toThrow(/chmod/);
    process.env["CREDENTIALS_DIRECTORY"] = directory;
    onTestFinished(() => void delete process.env["CREDENTIALS_DIRECTORY"]);
    expect(await loadKey({ file: join(directory, "meter.key") })).toBe(KEY);
  });

  test("in no file at all is named", async () => {
    await expect(loadKey({ file: "/nowhere/meter.key" })).rejects.toThrow(
      /\/nowhere\/meter.key with a meter's key cannot be read/,
    );
  });
});

describe("the page about the Raspberry Pi", () => {
  const page = readFileSync(new URL("../../../docs/devices/raspberry-pi.md", import.meta.url), "utf8");

  test("shows a file that works", () => {
    const [, yaml = ""] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    expect(parseConfigFile(yaml, "edge.yaml").meters.map(({ name }) => name)).toEqual(["main", "heat-pump"]);
  });

  test("names every variable", () => {
    for (const variable of Object.values({ ...DEVICE_SETTINGS, ...METER_SETTINGS }).filter(
      (name) => name !== METER_SETTINGS.key,
    ))
      expect(page).toContain(`| \`${variable}\` `);
  });
});

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect, createSecureContext, type SecureContext, type TLSSocket } from "node:tls";
import { addDevice, addService, initCa } from "@smp/certs";
import mqttPacket from "mqtt-packet";
import { expect, test } from "vitest";
import { freePort, spawnPlatform, until, type PlatformProcess } from "../support/platform-process.ts";

// A broker with 1,000 devices is killed and started again. The devices follow the edge's policy, with shorter waits: first
// anything up to FIRST_MS, then longer, always random.
const DEVICES = Number(process.env["SMP_RECONNECT_DEVICES"] ?? 1_000);
/** What costs is the handshake, so that a certificate may stand for many devices. */
const CERTIFICATES = 20;
const FIRST_MS = 20_000;
const LATER_MS = 40_000;
/** Before the test begins, so many connect at a time. */
const AT_A_TIME = 50;
/** Those that are cut and come back once more, to see that nothing stays behind. */
const CUT = DEVICES * 0.3;
const CUT_MS = 6_000;
const BACK_MS_MAX = 60_000;
const RSS_GROWTH_MB_MAX = 60;

interface Bundle {
  id: string;
  /** Certificate, key and CA; made once, because that costs as much as a handshake. */
  secureContext: SecureContext;
}

/** What happened to all devices since it was last set to 0. */
const count = { refusedTcp: 0, failed: 0, connected: 0 };

/** A device that comes back whenever it is cut. */
class Device {
  readonly #options: { port: number; bundle: Bundle };
  #socket: TLSSocket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #firstMs = FIRST_MS;
  #closing = false;
  acknowledged = 0;
  isOnline = false;

  constructor(options: { port: number; bundle: Bundle }) {
    this.#options = options;
  }

  start(withinMs: number): void {
    this.#timer = setTimeout(() => this.#connect(), Math.random() * withinMs);
  }

  cut(firstMs: number): void {
    this.#firstMs = firstMs;
    this.#socket?.destroy();
  }

  close(): void {
    this.#closing = true;
    clearTimeout(this.#timer);
    this.#socket?.destroy();
  }

  #connect(): void {
    const { port, bundle } = this.#options;
    const { id, secureContext } = bundle;
    const socket = connect({ port, host: "127.0.0.1", servername: "localhost", secureContext });
    this.#socket = socket;
    const parser = mqttPacket.parser();
    let hasTcp = false;
    socket.once("connect", () => (hasTcp = true));
    socket.once("secureConnect", () =>
      socket.write(
        mqttPacket.generate({
          cmd: "connect",
          protocolId: "MQTT",
          protocolVersion: 4,
          clean: true,
          clientId: "",
          keepalive: 60,
        }),
      ),
    );
    socket.on("data", (chunk: Buffer) => parser.parse(chunk));
    parser.on("packet", (packet) => {
      if (packet.cmd === "puback") this.acknowledged++;
      if (packet.cmd !== "connack" || packet.returnCode !== 0) return;
      this.isOnline = true;
      this.#failures = 0;
      count.connected++;
      const payload = JSON.stringify({ v: 1, r: { "x-a": 1 } });
      const topic = `sm/v1/${id}/reading`;
      socket.write(
        mqttPacket.generate({
          cmd: "publish",
          topic,
          payload,
          qos: 1,
          messageId: 1,
          dup: false,
          retain: false,
        }),
      );
    });
    socket.on("error", () => undefined);
    socket.once("close", () => {
      if (!this.isOnline && hasTcp) count.failed++;
      if (!hasTcp) count.refusedTcp++;
      this.isOnline = false;
      if (!this.#closing) this.start(this.#failures++ === 0 ? this.#firstMs : LATER_MS);
    });
  }
}

async function rssMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024;
}

test(
  `${DEVICES} devices are back within a minute of their broker's restart, without a storm of failed handshakes, in flat memory`,
  async () => {
    const dir = await mkdtemp(path.join(tmpdir(), "smp-reconnect-"));
    const pki = path.join(dir, "pki");
    await initCa({ dir: pki });
    await addService({ dir: pki, id: "broker", hostnames: ["127.0.0.1", "localhost"] });
    const ca = await readFile(path.join(pki, "ca.crt"));
    const bundles: Bundle[] = [];
    for (let index = 0; index < CERTIFICATES; index++) {
      const id = `herd-${index}`;
      const { files } = await addDevice({ dir: pki, id });
      const [cert, key] = [await readFile(files.cert), await readFile(files.key)];
      bundles.push({ id, secureContext: createSecureContext({ ca, cert, key }) });
    }
    const [mqttPort, httpPort] = [await freePort(), await freePort()];
    const environment = {
      SMP_DATA_DIR: dir,
      SMP_MQTT_HOST: "127.0.0.1",
      SMP_MQTT_PORT: String(mqttPort),
      SMP_HTTP_PORT: String(httpPort),
      SMP_SIMULATE: "false",
      SMP_LOG_LEVEL: "error",
      SMP_MQTT_SESSIONS_PER_IDENTITY_MAX: String(DEVICES),
      // As the operator has it.
      SMP_MQTT_HANDSHAKES_MAX: "",
    };
    const run = (): Promise<PlatformProcess> =>
      spawnPlatform(environment, `http://127.0.0.1:${httpPort}/healthz`);
    let platform = await run();
    const devices = Array.from(
      { length: DEVICES },
      (_, index) => new Device({ port: mqttPort, bundle: bundles[index % CERTIFICATES]! }),
    );
    const allBack = async (what: string): Promise<number> => {
      const began = performance.now();
      await until(what, async () => devices.every(({ isOnline }) => isOnline), BACK_MS_MAX).catch(
        (error: unknown) => {
          const online = devices.filter(({ isOnline }) => isOnline).length;
          throw new Error(
            `${online} of ${DEVICES} are online, ${JSON.stringify(count)}\n${platform.output()}`,
            {
              cause: error,
            },
          );
        },
      );
      return performance.now() - began;
    };
    try {
      for (let index = 0; index < DEVICES; index += AT_A_TIME) {
        const some = devices.slice(index, index + AT_A_TIME);
        for (const device of some) device.start(0);
        await until(
          "some devices to connect",
          async () => some.every(({ isOnline }) => isOnline),
          BACK_MS_MAX,
        );
      }
      Object.assign(count, { refusedTcp: 0, failed: 0, connected: 0 });
      await platform.kill();
      for (const device of devices) device.acknowledged = 0;
      platform = await run();
      const backMs = await allBack("all devices to come back after the kill");
      const { failed, refusedTcp } = count;
      const firstRss = await rssMb(platform.pid);
      Object.assign(count, { refusedTcp: 0, failed: 0, connected: 0 });
      const cut = devices.slice(0, CUT);
      for (const device of cut) device.cut(CUT_MS);
      await until("the cut to be seen", async () => cut.some(({ isOnline }) => !isOnline));
      await allBack("all devices to come back after a cut");
      const lastRss = await rssMb(platform.pid);
      const figures = `back after ${Math.round(backMs)} ms, ${refusedTcp} times nobody listened, RSS ${firstRss} to ${lastRss} MB`;
      expect(failed, figures).toBeLessThan(DEVICES / 100);
      expect(count.failed, figures).toBeLessThan(DEVICES / 100);
      expect(lastRss - firstRss, figures).toBeLessThan(RSS_GROWTH_MB_MAX);
      await until("every device to have a PUBACK of the new process", async () =>
        devices.every(({ acknowledged }) => acknowledged >= 1),
      );
    } finally {
      for (const device of devices) device.close();
      await platform.kill();
      await rm(dir, { recursive: true, force: true });
    }
  },
  5 * BACK_MS_MAX,
);

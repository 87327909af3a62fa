import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { connect, type TLSSocket } from "node:tls";
import { encode } from "cborg";

/** What one run of the load generator does; passed as JSON to a process of its own. */
export interface GeneratorJob {
  port: number;
  /** Folders with ca.crt, client.crt, client.key; one connection each. */
  devices: { id: string; certificates: string }[];
  /** More of them than devices: several of one. */
  connections: number;
  /** Unacknowledged messages a connection may have; 0: connections that only stay. */
  window: number;
  /** Time of the first reading, Unix ms; the following ones of a device are `stepMs` apart. */
  firstMs: number;
  stepMs: number;
}

/** A time of load, after which everything rests until the next one. */
export interface Turn {
  warmUpMs: number;
  measureMs: number;
}

export interface GeneratorResult {
  acknowledged: number;
  seconds: number;
  payloadBytes: number;
  p50Ms: number;
  p99Ms: number;
}

export const REGISTERS = {
  "1-0:1.8.0": 12_345_678,
  "1-0:2.8.0": 1_234_567,
  "1-0:3.8.0": 345_678,
  "1-0:4.8.0": 456_789,
  "1-0:1.7.0": 1_234,
  "1-0:2.7.0": 0,
  "1-0:32.7.0": 230.4,
  "1-0:52.7.0": 231.2,
  "1-0:72.7.0": 229.9,
  "1-0:31.7.0": 2.41,
};
const PUBACK_BYTES = 4;
/** Message ids are reused after so many; more than any window. */
const IDS = 1_024;

/** Variable-length size of the fixed header (MQTT 3.1.1, 2.2.3). */
function lengthField(length: number): number[] {
  const bytes: number[] = [];
  for (let rest = length; bytes.length === 0 || rest > 0; rest >>= 7)
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
  return bytes;
}

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
};

const packet = (type: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([type, ...lengthField(body.length)]), body]);
};

/** A PUBLISH with QoS 1, and where its message id and its reading's time stand. */
function template(id: string, t: number): { bytes: Buffer; idAt: number; timeAt: number; payload: number } {
  const payload = Buffer.from(encode({ v: 1, t, r: REGISTERS }));
  const topic = text(`sm/v1/${id}/reading`);
  const bytes = packet(0x32, topic, Buffer.alloc(2), payload);
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(t));
  const idAt = bytes.length - payload.length - 2;
  return { bytes, idAt, timeAt: bytes.indexOf(time), payload: payload.length };
}

/** One device: keeps its window full, and notes how long each PUBACK took. */
class Publisher {
  readonly #job: GeneratorJob;
  readonly #template: ReturnType<typeof template>;
  readonly #sentAt = new Float64Array(IDS);
  readonly #onAcknowledged: (ms: number) => void;
  readonly socket: TLSSocket;
  readonly connected: Promise<void>;
  #sequence = 0;
  #unacknowledged = 0;
  #isResting = true;
  #rest: Buffer = Buffer.alloc(0);

  constructor(
    job: GeneratorJob,
    { id, certificates }: GeneratorJob["devices"][number],
    onAcknowledged: (ms: number) => void,
  ) {
    this.#job = job;
    this.#template = template(id, job.firstMs);
    this.#onAcknowledged = onAcknowledged;
    const file = (name: string): Buffer => readFileSync(`${certificates}/${name}`);
    this.socket = connect({
      host: "127.0.0.1",
      port: job.port,
      ca: file("ca.crt"),
      cert: file("client.crt"),
      key: file("client.key"),
    });
    this.socket.setNoDelay(true);
    this.connected = this.#connect(id);
  }

  async #connect(id: string): Promise<void> {
    await once(this.socket, "secureConnect");
    // Connections that only stay are several of one device: each a session of its own, without a client id.
    const clientId = this.#job.window === 0 ? "" : id;
    this.socket.write(packet(0x10, text("MQTT"), Buffer.from([4, 2, 14, 16]), text(clientId)));
    const [answer] = (await once(this.socket, "data")) as [Buffer];
    if (answer[0] !== 0x20 || answer[3] !== 0) throw new Error(`${id}: CONNACK ${answer.toString("hex")}`);
    this.socket.on("data", (data: Buffer) => this.#read(data));
    this.socket.once("close", () => {
      throw new Error(`${id} was disconnected`);
    });
  }

  begin(): void {
    this.#isResting = false;
    const room = this.#job.window - this.#unacknowledged;
    if (room > 0) this.#send(room);
  }

  rest(): void {
    this.#isResting = true;
  }

  #send(count: number): void {
    this.#unacknowledged += count;
    const { bytes, idAt, timeAt } = this.#template;
    const out = Buffer.allocUnsafe(count * bytes.length);
    const now = performance.now();
    for (let index = 0; index < count; index++) {
      const at = index * bytes.length;
      const messageId = (this.#sequence % IDS) + 1;
      bytes.copy(out, at);
      out.writeUInt16BE(messageId, at + idAt);
      out.writeBigUInt64BE(BigInt(this.#job.firstMs + this.#sequence * this.#job.stepMs), at + timeAt);
      this.#sentAt[messageId - 1] = now;
      this.#sequence += 1;
    }
    this.socket.write(out);
  }

  /** Only PUBACKs come. */
  #read(data: Buffer): void {
    const all = this.#rest.length > 0 ? Buffer.concat([this.#rest, data]) : data;
    const count = Math.floor(all.length / PUBACK_BYTES);
    const now = performance.now();
    for (let index = 0; index < count; index++) {
      const at = index * PUBACK_BYTES;
      if (all[at] !== 0x40) throw new Error(`not a PUBACK: ${all.subarray(at, at + 8).toString("hex")}`);
      this.#onAcknowledged(now - (this.#sentAt[all.readUInt16BE(at + 2) - 1] ?? now));
    }
    this.#rest = all.subarray(count * PUBACK_BYTES);
    this.#unacknowledged -= count;
    if (count > 0 && !this.#isResting) this.#send(count);
  }
}

const CONNECTING_MAX = 32;

/** Opens the connections of a job; some handshakes at once. */
async function connectAll(job: GeneratorJob, onAcknowledged: (ms: number) => void): Promise<Publisher[]> {
  const publishers: Publisher[] = [];
  const devices = Array.from(
    { length: job.connections },
    (_, index) => job.devices[index % job.devices.length]!,
  );
  for (let start = 0; start < devices.length; start += CONNECTING_MAX) {
    const some = devices
      .slice(start, start + CONNECTING_MAX)
      .map((device) => new Publisher(job, device, onAcknowledged));
    await Promise.all(some.map(({ connected }) => connected));
    publishers.push(...some);
  }
  return publishers;
}

/** Connects, and gives what loads the broker for a turn; calls `onStart` when the measured time begins. */
export async function openGenerator(
  job: GeneratorJob,
): Promise<(turn: Turn, onStart: () => void) => Promise<GeneratorResult>> {
  let latencies: number[] | undefined;
  const publishers = await connectAll(job, (ms) => latencies?.push(ms));
  const payloadBytes = template(job.devices[0]?.id ?? "", job.firstMs).payload;
  return async ({ warmUpMs, measureMs }, onStart) => {
    for (const publisher of publishers) publisher.begin();
    await setTimeout(warmUpMs);
    onStart();
    const measured: number[] = (latencies = []);
    const started = performance.now();
    await setTimeout(measureMs);
    latencies = undefined;
    const seconds = (performance.now() - started) / 1000;
    for (const publisher of publishers) publisher.rest();
    const sorted = Float64Array.from(measured).toSorted();
    const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
    return { acknowledged: sorted.length, seconds, payloadBytes, p50Ms: at(0.5), p99Ms: at(0.99) };
  };
}

import { readingTopic } from "@smp/schemas";
import mqtt, { type MqttClient } from "mqtt";
import type { Ledger } from "./oracle.ts";

export interface LoadDeviceOptions {
  id: string;
  port: number;
  ca: Buffer;
  cert: Buffer;
  key: Buffer;
  /** Time of the first reading, Unix ms UTC; the following ones are a second apart. */
  startMs: number;
}

/** A device as a maker would write it: numbers its readings, keeps each until its PUBACK, sends it again after a loss. */
export class LoadDevice {
  readonly #options: LoadDeviceOptions;
  readonly #client: MqttClient;
  readonly #sent = new Map<number, number>();
  readonly #acknowledged = new Set<number>();
  readonly #wrong = new Set<number>();
  readonly #wrongAcknowledged = new Set<number>();
  readonly #open = new Set<number>();
  #sequence = 0;
  #generation = 0;
  #settled: (() => void) | undefined;

  constructor(options: LoadDeviceOptions) {
    this.#options = options;
    this.#client = mqtt.connect(`mqtts://127.0.0.1:${options.port}`, {
      clientId: options.id,
      ca: options.ca,
      cert: options.cert,
      key: options.key,
      clean: true,
      reconnectPeriod: 100,
      reconnectOnConnackError: true,
      queueQoSZero: false,
      resubscribe: false,
    });
    // A server that was just killed is expected here; the ledger tells what it cost.
    this.#client.on("error", () => {});
    this.#client.on("close", () => (this.#generation += 1));
    this.#client.on("connect", () => {
      for (const sequence of this.#open) this.#publish(sequence);
    });
  }

  /** Takes one new reading; it goes out now, or after the next connection. */
  measure(): void {
    const sequence = this.#sequence++;
    this.#sent.set(this.#options.startMs + sequence * 1000, 1_000_000 + sequence);
    this.#open.add(sequence);
    if (this.#client.connected) this.#publish(sequence);
  }

  /** Takes a reading that no meter can have: its PUBACK promises that it is found among the rejected. */
  measureWrong(): void {
    const sequence = this.#sequence++;
    this.#wrong.add(sequence);
    this.#open.add(sequence);
    if (this.#client.connected) this.#publish(sequence);
  }

  get unacknowledged(): number {
    return this.#open.size;
  }

  get ledger(): Ledger {
    return {
      meter: this.#options.id,
      sent: this.#sent,
      acknowledged: this.#acknowledged,
      rejected: this.#wrongAcknowledged,
    };
  }

  /** Resolves when every reading has its PUBACK. */
  async settled(): Promise<void> {
    if (this.#open.size === 0) return;
    await new Promise<void>((resolve) => (this.#settled = resolve));
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true);
  }

  #publish(sequence: number): void {
    const generation = this.#generation;
    const t = this.#options.startMs + sequence * 1000;
    const wrong = this.#wrong.has(sequence);
    const r = wrong
      ? { "1-0:1.8.0": -1 }
      : { "1-0:1.8.0": 1_000_000 + sequence, "1-0:16.7.0": sequence % 5000 };
    const payload = JSON.stringify({ v: 1, t, s: sequence, r });
    this.#client.publish(readingTopic(this.#options.id), payload, { qos: 1 }, (error) => {
      if (error || generation !== this.#generation) return;
      this.#open.delete(sequence);
      (wrong ? this.#wrongAcknowledged : this.#acknowledged).add(t);
      if (this.#open.size === 0) this.#settled?.();
    });
  }
}

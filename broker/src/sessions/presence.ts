import type { PublishPacket } from "aedes";

/** Two topics of each of 100,000 devices. */
const TOPICS_MAX = 200_000;

/** `status` or `info` of a device, as the processes behind one port tell each other. */
export interface DevicePresence extends Pick<PublishPacket, "topic" | "qos" | "retain"> {
  /** One character a byte. */
  payload: string;
  /** When it came, by the machine's own clock: `SessionBegin.beganNs`. */
  cameNs: number;
}

export type PublishPresence = (packet: Pick<PublishPacket, "topic" | "qos" | "retain" | "payload">) => void;

export interface PresencePorts {
  /** Tells the other processes; absent where there is only this one. */
  tell: ((said: DevicePresence) => void) | undefined;
  publish: PublishPresence;
}

/**
 * Keeps what devices say of themselves the same at all processes behind one port: each has a memory of its own for retained messages.
 * Words of two processes may cross each other; of each topic the message that came last counts everywhere.
 */
export class Presence {
  readonly #ports: PresencePorts;
  readonly #topicsMax: number;
  /** When the newest message of a topic came; the topic that was silent longest is the first. */
  readonly #cameNs = new Map<string, number>();

  constructor(ports: PresencePorts, topicsMax: number = TOPICS_MAX) {
    this.#ports = ports;
    this.#topicsMax = topicsMax;
  }

  /** Takes a message of a device that is connected here; whether subscribers are to hear it. */
  say({ topic, qos, retain, payload }: PublishPacket, cameNs: number): boolean {
    const { tell } = this.#ports;
    if (!tell) return true;
    if (!this.#isNewest(topic, cameNs)) return false;
    tell({ topic, qos, retain, payload: Buffer.from(payload).toString("latin1"), cameNs });
    return true;
  }

  /** Publishes here what came at another process. */
  hear({ payload, cameNs, ...packet }: DevicePresence): void {
    if (!this.#isNewest(packet.topic, cameNs)) return;
    this.#ports.publish({ ...packet, payload: Buffer.from(payload, "latin1") });
  }

  #isNewest(topic: string, cameNs: number): boolean {
    if ((this.#cameNs.get(topic) ?? 0) > cameNs) return false;
    this.#cameNs.delete(topic);
    this.#cameNs.set(topic, cameNs);
    if (this.#cameNs.size > this.#topicsMax)
      for (const silent of this.#cameNs.keys()) {
        this.#cameNs.delete(silent);
        break;
      }
    return true;
  }
}

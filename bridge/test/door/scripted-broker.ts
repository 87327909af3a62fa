import { EventEmitter, once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { generate, parser, type Packet } from "mqtt-packet";

/** A broker that does only what the test says; it accepts connections and subscriptions. */
export class ScriptedBroker extends EventEmitter {
  readonly server = createServer((socket) => this.#serve(socket));
  readonly pubacks: { connection: number; messageId: number }[] = [];
  readonly published: { topic: string; payload: string; retain: boolean }[] = [];
  readonly connects: { clientId: string; clean: boolean; password?: string }[] = [];
  /** CONNACK's return code; the connection stays open, whatever it is. */
  returnCode = 0;
  readonly filters: string[] = [];
  pings = 0;
  #socket: Socket | undefined;
  grantedQos: 0 | 1 | 128 = 1;

  async listen(port = 0): Promise<string> {
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
    return `mqtt://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  send(messageId: number, topic: string, payload: string, qos: 0 | 1 = 1, retain = false): void {
    this.#socket?.write(generate({ cmd: "publish", topic, payload, qos, messageId, retain, dup: false }));
  }

  sendBytes(bytes: Buffer): void {
    this.#socket?.write(bytes);
  }

  cut(): void {
    this.#socket?.destroy();
  }

  async close(): Promise<void> {
    this.#socket?.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async until(holds: () => boolean, timeoutMs = 5_000): Promise<void> {
    const signal = AbortSignal.timeout(timeoutMs);
    while (!holds()) await once(this, "packet", { signal });
  }

  #serve(socket: Socket): void {
    const connection = this.connects.length;
    const parse = parser({ protocolVersion: 4 });
    this.#socket = socket;
    socket.on("error", () => {});
    socket.on("data", (chunk) => parse.parse(chunk));
    parse.on("packet", (packet: Packet) => {
      this.#answer(packet, socket, connection);
      this.emit("packet");
    });
  }

  #answer(packet: Packet, socket: Socket, connection: number): void {
    if (packet.cmd === "connect") {
      const { clientId, clean = true, password } = packet;
      this.connects.push({ clientId, clean, ...(password && { password: String(password) }) });
      const { returnCode } = this;
      socket.write(
        generate({ cmd: "connack", returnCode, sessionPresent: returnCode === 0 && connection > 0 }),
      );
    } else if (packet.cmd === "subscribe") {
      this.filters.push(...packet.subscriptions.map(({ topic }) => topic));
      const granted = packet.subscriptions.map(() => this.grantedQos);
      socket.write(generate({ cmd: "suback", messageId: packet.messageId ?? 0, granted }));
    } else if (packet.cmd === "puback") this.pubacks.push({ connection, messageId: packet.messageId ?? 0 });
    else if (packet.cmd === "pingreq") {
      this.pings++;
      socket.write(generate({ cmd: "pingresp" }));
    } else if (packet.cmd === "publish")
      this.published.push({
        topic: packet.topic,
        payload: packet.payload.toString(),
        retain: packet.retain,
      });
  }
}

import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * A TCP balancer as it stands before several brokers: connections go to the targets in turn, and to the next one when a target
 * does not answer. It does not look into TLS.
 */
export class TcpBalancer {
  readonly #targets: readonly number[];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #turn = 0;
  /** Connections that each target took. */
  readonly taken: number[];

  private constructor(targets: readonly number[]) {
    this.#targets = targets;
    this.taken = targets.map(() => 0);
    this.#server = createServer((socket) => this.#pass(this.#hold(socket), this.#turn++, 0));
  }

  static async open(targets: readonly number[], port: number): Promise<TcpBalancer> {
    const balancer = new TcpBalancer(targets);
    await new Promise<void>((resolve) => balancer.#server.listen(port, "127.0.0.1", resolve));
    return balancer;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #pass(client: Socket, turn: number, tried: number): void {
    const index = turn % this.#targets.length;
    if (tried === this.#targets.length) return void client.destroy();
    const target = this.#hold(connect(this.#targets[index] ?? 0, "127.0.0.1"));
    const next = (): void => this.#pass(client, turn + 1, tried + 1);
    target.once("error", next);
    target.once("connect", () => {
      target.off("error", next);
      this.taken[index] = (this.taken[index] ?? 0) + 1;
      client.pipe(target).pipe(client);
      const end = (): void => {
        client.destroy();
        target.destroy();
      };
      for (const socket of [client, target]) socket.once("error", end).once("close", end);
    });
  }

  #hold(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on("error", () => undefined).once("close", () => this.#sockets.delete(socket));
    return socket;
  }
}

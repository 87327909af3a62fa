import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A network between a page and a platform, that can be cut and mended. */
export interface TcpLine {
  url: string;
  /** Breaks every connection, and each new one as soon as it is made, until `mend`. The port stays ours. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** Serves `target` at an address of its own; below HTTP, so that streams and service workers meet what a real network does. */
export async function openTcpLine(target: URL): Promise<TcpLine> {
  const sockets = new Set<Socket>();
  let whole = true;
  const hold = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on("error", () => socket.destroy()).once("close", () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    hold(client);
    if (!whole) {
      client.resetAndDestroy();
      return;
    }
    const platform = hold(connect(Number(target.port), target.hostname));
    client.once("close", () => platform.destroy()).pipe(platform);
    platform.once("close", () => client.destroy()).pipe(client);
  });
  const drop = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      whole = false;
      drop();
    },
    mend() {
      whole = true;
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      drop();
      await closed;
    },
  };
}

import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

export interface PrefixProxy {
  url: string;
  /** The platform behind it is stopped or asleep: every request is answered as proxies do then. */
  away: boolean;
  close(): Promise<void>;
}

/** A reverse proxy that serves a platform below a path of its own, and tells it nothing of that. */
export async function startPrefixProxy(target: URL, prefix: string): Promise<PrefixProxy> {
  const proxy = createServer((incoming, outgoing) => {
    const path = incoming.url ?? "/";
    if (served.away) {
      outgoing.writeHead(502, { "content-type": "text/html" }).end("<h1>502 Bad Gateway</h1>");
      return;
    }
    if (!path.startsWith(`${prefix}/`)) {
      outgoing.writeHead(404).end();
      return;
    }
    const { method, headers } = incoming;
    const options = {
      host: target.hostname,
      port: target.port,
      path: path.slice(prefix.length),
      method,
      headers,
    };
    const asked = request(options, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    asked.once("error", () => outgoing.destroy());
    outgoing.once("close", () => asked.destroy());
    incoming.pipe(asked);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const { port } = proxy.address() as AddressInfo;
  const served: PrefixProxy = {
    away: false,
    url: `http://127.0.0.1:${port}${prefix}`,
    async close() {
      const closed = once(proxy, "close");
      proxy.close();
      proxy.closeAllConnections();
      await closed;
    },
  };
  return served;
}

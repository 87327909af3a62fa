/** Whom a connection counts for: an IPv4 address, or the /64 that one IPv6 subscriber has for himself. */
export function networkOf(address: string): string {
  const ipv4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (ipv4 !== undefined) return ipv4;
  if (!/^[0-9a-f]*:[0-9a-f:.]*(?:%.*)?$/i.test(address)) return address;
  const [head = "", tail = ""] = address.replace(/%.*$/, "").split("::");
  const left = head.split(":").filter(Boolean);
  const right = tail.split(":").filter(Boolean);
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0");
  const groups = [...left, ...zeros, ...right].slice(0, 4);
  return `${groups.map((group) => parseInt(group, 16).toString(16)).join(":")}::/64`;
}

/** Names by which a program asks the machine that it runs on, beside the machine's own. */
const LOCAL_NAME = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/**
 * Whether a request's `Host` is of this machine. A web page that leads a name of its own here makes a browser ask by that name.
 * Without one it comes from no browser.
 */
export function isLocalName(host: string | undefined, hostname: string): boolean {
  const name = host?.replace(/:\d+$/, "") ?? "localhost";
  return LOCAL_NAME.test(name) || name.toLowerCase() === hostname.toLowerCase();
}

interface Connection {
  remoteAddress?: string | undefined;
  once(event: "close", listener: () => void): unknown;
  destroy(): unknown;
}

/** Counts the open connections of each network for a server's event `connection`, and breaks one off that is too many. */
export function limitConnections(
  max: number,
  isExempt: (network: string) => boolean = () => false,
): (connection: Connection) => void {
  const open = new Map<string, number>();
  return (connection) => {
    const network = networkOf(connection.remoteAddress ?? "unknown");
    if (isExempt(network)) return;
    const others = open.get(network) ?? 0;
    if (others >= max) {
      connection.destroy();
      return;
    }
    open.set(network, others + 1);
    connection.once("close", () => {
      const left = (open.get(network) ?? 1) - 1;
      if (left > 0) open.set(network, left);
      else open.delete(network);
    });
  };
}

/** Where `mqtts://host:port` points, part by part. mqtt.js reads a text by `url.parse`, of which Node warns from 26 on. */
export function brokerAddress(url: string): { protocol: "mqtt" | "mqtts"; host: string; port?: number } {
  const { protocol, hostname, port } = new URL(url);
  return {
    protocol: protocol === "mqtts:" ? "mqtts" : "mqtt",
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    ...(port !== "" && { port: Number(port) }),
  };
}

import { isIPv6 } from "node:net";
import type { AppContext } from "./services.ts";

const withoutMapping = (address: string): string => address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");

/** An IPv6 customer owns a /64 at least: all of it counts as one client. */
function network(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("%")[0]!.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => "0"), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}

/** Whether an address, in the form of `clientAddress`, is this machine's own. */
export const isLoopback = (address: string): boolean =>
  address.startsWith("127.") || address === network("::1");

/**
 * Who asks, for limits: the socket's address. X-Forwarded-For counts only when the socket belongs to a trusted proxy, and then
 * the last address in it that is not a trusted proxy's: everything before it is the client's own invention.
 */
export function clientAddress(c: AppContext, trustedProxies: readonly string[]): string {
  const trusted = (address: string): boolean => trustedProxies.includes(address);
  const peer = withoutMapping(c.env?.incoming?.socket.remoteAddress ?? "unknown");
  if (!trusted(peer)) return network(peer);
  const forwarded = (c.req.header("x-forwarded-for") ?? "")
    .split(",")
    .flatMap((part) => withoutMapping(part.trim()) || []);
  return network(forwarded.findLast((address) => !trusted(address)) ?? peer);
}

import { networkOf } from "@smp/schemas";
import type { AppContext } from "../ports.ts";

const withoutMapping = (address: string): string => address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");

/** Whether an address, in the form of `clientAddress`, is this machine's own. */
export const isLoopback = (address: string): boolean =>
  address.startsWith("127.") || address === networkOf("::1");

/**
 * Who asks, for limits: the socket's address. X-Forwarded-For counts only when the socket belongs to a trusted proxy, and then
 * the last address in it that is not a trusted proxy's: everything before it is the client's own invention.
 */
export function clientAddress(c: AppContext, trustedProxies: readonly string[]): string {
  const trusted = (address: string): boolean => trustedProxies.includes(address);
  const peer = withoutMapping(c.env?.incoming?.socket.remoteAddress ?? "unknown");
  if (!trusted(peer)) return networkOf(peer);
  const forwarded = (c.req.header("x-forwarded-for") ?? "")
    .split(",")
    .flatMap((part) => withoutMapping(part.trim()) || []);
  return networkOf(forwarded.findLast((address) => !trusted(address)) ?? peer);
}

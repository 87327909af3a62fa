import { hostname, networkInterfaces } from "node:os";
import { pkiPaths } from "../folder/paths.ts";
import { hostnamesOf } from "./renew.ts";

const ADDRESSES_MAX = 16;
/** Networks of containers and virtual machines, where no meter is. */
const VIRTUAL = /^(?:docker|br-|veth|virbr|vmnet|cni|podman)/;

const LOOPBACK = /^(?:localhost|127\..*|::1|0:0:0:0:0:0:0:1)$/;

/** IPv4 addresses of this computer in its networks; those of virtual networks come last. */
function ownAddresses(): string[] {
  const addresses = Object.entries(networkInterfaces()).flatMap(([name, all = []]) =>
    all
      .filter(({ family, internal }) => family === "IPv4" && !internal)
      .map(({ address }) => ({ address, virtual: VIRTUAL.test(name) })),
  );
  return addresses
    .sort((a, b) => Number(a.virtual) - Number(b.virtual))
    .slice(0, ADDRESSES_MAX)
    .map(({ address }) => address);
}

/** What devices in the same network may call this computer: its name, that of mDNS, and its addresses. */
export function ownNames(): string[] {
  const name = hostname();
  return [name, ...(name.includes(".") ? [] : [`${name}.local`]), ...ownAddresses()];
}

/** How hardware in the same network reaches this computer: its first address, or without one its name. */
export const ownAddress = (): string => ownAddresses()[0] ?? hostname();

/**
 * What devices call the broker: the usual name, or, where its certificate has others and not that one, the first of these. In a
 * container `localhost` and the own address lead nowhere.
 */
export async function brokerName(dir: string, usual: string): Promise<string> {
  const names = await hostnamesOf(pkiPaths(dir).bundle("service", "broker").files.cert).catch(
    (): string[] => [],
  );
  return names.includes(usual) ? usual : (names.find((name) => !LOOPBACK.test(name)) ?? usual);
}

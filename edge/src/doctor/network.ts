import { lookup } from "node:dns/promises";
import { connect } from "node:net";
import { failed, ok, type Found } from "./finding.ts";

const TCP_MS_MAX = 5_000;

/** Whether the name has an address. */
export async function checkDns(host: string): Promise<Found> {
  try {
    const addresses = await lookup(host, { all: true });
    return ok(`${host} is ${addresses.map(({ address }) => address).join(", ")}`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return failed(
      `the name ${host} is not known (${code})`,
      "check how it is written, and this machine's network and name server; an IP address works only if the broker's certificate carries it",
    );
  }
}

/** Whether something listens. */
export function checkTcp(host: string, port: number): Promise<Found> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: TCP_MS_MAX });
    const done = (found: Found): void => {
      socket.destroy();
      resolve(found);
    };
    socket.once("connect", () => done(ok(`something listens at ${host}:${port}`)));
    socket.once("timeout", () =>
      done(
        failed(
          `${host}:${port} does not answer`,
          "a firewall drops the packets, or the address is of another machine",
        ),
      ),
    );
    socket.once("error", (error: NodeJS.ErrnoException) =>
      done(
        error.code === "ECONNREFUSED"
          ? failed(
              `nothing listens at ${host}:${port}`,
              "start the broker, or name its port: MQTT over TLS is 8883",
            )
          : failed(
              `${host}:${port} cannot be reached (${error.code})`,
              "check the network and firewalls between",
            ),
      ),
    );
  });
}

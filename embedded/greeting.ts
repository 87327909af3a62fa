import { ownAddress, type DevelopmentPki } from "@smp/certs";

export interface Greeted {
  httpUrl: string;
  adminToken: string | undefined;
  mqttPort: number;
  tap: DevelopmentPki["consumers"][string] | undefined;
}

/** Listening at every address of this computer is none that a browser could open. */
const EVERY_ADDRESS = /(?<=^http:\/\/)(?:0\.0\.0\.0|\[::\])(?=:)/;

/** What the terminal says when the platform runs. @param own how others in the same network reach this computer */
export function greeting(
  { httpUrl, adminToken, mqttPort, tap }: Greeted,
  own: string = ownAddress(),
): string {
  const at = (host: string): string => httpUrl.replace(EVERY_ADDRESS, host);
  const appAt = (host: string): string =>
    `${at(host)}/${adminToken === undefined ? "" : `#token=${adminToken}`}`;
  const others = `
On a phone in the same network, unencrypted:

  ${appAt(own)}
`;
  return `
The platform runs. Open it:

  ${appAt("localhost")}
${EVERY_ADDRESS.test(httpUrl) ? others : ""}
Query it, or tap its messages:

  curl ${at("localhost")}/v1/meters
  mosquitto_sub -h localhost -p ${mqttPort} --cafile ${tap?.ca} --cert ${tap?.cert} --key ${tap?.key} -t 'live/v1/#' -v

Ctrl-C stops it; its data stay.
`;
}

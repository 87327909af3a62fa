import type { Hardware } from "./hardware.ts";

/** The section `mqtt` of vzlogger.conf. */
export const vzlogger: Hardware = {
  fileName: "vzlogger.conf",
  content: ({ id, host, port, folder }) =>
    `${JSON.stringify(
      {
        mqtt: {
          enabled: true,
          host,
          port,
          cafile: `${folder}/ca.crt`,
          certfile: `${folder}/client.crt`,
          keyfile: `${folder}/client.key`,
          keypass: "",
          keepalive: 30,
          id,
          topic: `sm/v1/${id}/raw/vzlogger`,
          qos: 1,
          retain: false,
          rawAndAgg: false,
          timestamp: true,
        },
      },
      undefined,
      2,
    )}\n`,
  use: 'Put the section "mqtt" of PATH into your vzlogger.conf.',
  input: "vzlogger",
};

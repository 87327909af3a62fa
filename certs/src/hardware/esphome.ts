import type { Hardware } from "./hardware.ts";

const indented = (pem: string): string => pem.trimEnd().replaceAll(/^/gm, "    ");

/** A part of an ESPHome configuration, for boards with an ESP32. */
export const esphome: Hardware = {
  fileName: "esphome.yaml",
  elsewhere: true,
  content: ({ id, host, port, ca, cert, key }) => `# Device ${id}. Secret: it holds the private key.
# Include it: "packages: { platform: !include esphome.yaml }"; what to publish is in your own configuration.
mqtt:
  broker: "${host}"
  port: ${port}
  client_id: ${id}
  clean_session: true
  discovery: false
  # ESPHome would start anew every 15 minutes while the platform is away, with all else that the board does.
  reboot_timeout: 0s
  # ESPHome's own topics are not ours to publish to: only what is named here goes out.
  topic_prefix: null
  log_topic: null
  birth_message: { topic: sm/v1/${id}/status, payload: online, qos: 1, retain: true }
  will_message: { topic: sm/v1/${id}/status, payload: offline, qos: 1, retain: true }
  on_message:
    - topic: sm/v1/${id}/error
      then:
        - logger.log: { format: "refused: %s", args: [x.c_str()], level: WARN }
  certificate_authority: |
${indented(ca)}
  client_certificate: |
${indented(cert)}
  client_certificate_key: |
${indented(key)}
`,
  use: "Put PATH beside your node's configuration and include it: packages: { platform: !include esphome.yaml }.",
};

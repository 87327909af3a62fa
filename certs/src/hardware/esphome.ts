import type { Hardware } from "./hardware.ts";

const indented = (pem: string): string => pem.trimEnd().replaceAll(/^/gm, "    ");

/** A part of an ESPHome configuration, for boards with an ESP32. */
export const esphome: Hardware = {
  fileName: "esphome.yaml",
  content: ({ id, host, port, ca, cert, key }) => `# Device ${id}. Secret: it holds the private key.
# Paste it into your node's configuration, with a sensor of the id "power", and a time component for the clock.
mqtt:
  broker: "${host}"
  port: ${port}
  client_id: ${id}
  clean_session: true
  discovery: false
  # ESPHome's own topics are not ours to publish to: only what is named here goes out.
  topic_prefix: null
  log_topic: null
  birth_message: { topic: sm/v1/${id}/status, payload: online, qos: 1, retain: true }
  will_message: { topic: sm/v1/${id}/status, payload: offline, qos: 1, retain: true }
  certificate_authority: |
${indented(ca)}
  client_certificate: |
${indented(cert)}
  client_certificate_key: |
${indented(key)}

interval:
  - interval: 10s
    then:
      - if:
          condition:
            and:
              - mqtt.connected
              - lambda: "return !std::isnan(id(power).state);"
          then:
            - mqtt.publish:
                topic: sm/v1/${id}/reading
                qos: 1
                payload: !lambda |-
                  char text[64];
                  snprintf(text, sizeof(text), "{\\"v\\":1,\\"r\\":{\\"1-0:16.7.0\\":%.0f}}", id(power).state);
                  return text;
`,
  use: "Paste PATH into your node's configuration; its sensor of the id power is sent every 10 s.",
};

import { Checked } from "@smp/schemas";

export interface ClientDoorConfig {
  /** `mqtts://host:port` or `mqtt://host:port` of any MQTT 3.1.1 broker. */
  url: string;
  /** Names the persistent session: the same after every restart, and of one process only. */
  clientId: string;
  /** The group of a shared subscription, on brokers that have it; each door of the group has its own client id. */
  share?: string;
  /** A folder with ca.crt, client.crt and client.key. */
  certDir?: string;
  login?: { username: string; passwordFile: string };
  /** So many messages wait for the log at most; then the door stops reading. */
  inFlightMax: number;
  /** Whether the newest readings go to `live/v1/{meter}`. */
  live: boolean;
  keepaliveSeconds: number;
}

/**
 * Reads the settings of the client door: `MQTT_URL`, `SMP_CERT_DIR`, or `SMP_MQTT_USERNAME` and `SMP_MQTT_PASSWORD_FILE`;
 * `SMP_BRIDGE_CLIENT_ID` (smp-bridge), `SMP_BRIDGE_SHARE`, `SMP_BRIDGE_IN_FLIGHT` (5,000), `SMP_BRIDGE_LIVE` (true),
 * `SMP_BRIDGE_KEEPALIVE_S` (30).
 */
export function readClientDoorConfig(
  environment: Readonly<Record<string, string | undefined>>,
): ClientDoorConfig {
  const checked = new Checked(environment);
  const name = { pattern: /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, form: "1 to 64 letters, digits, _ . or -" };
  const certDir = checked.optionalText("SMP_CERT_DIR");
  const config: ClientDoorConfig = {
    url: checked.text("MQTT_URL", {
      pattern: { test: (text) => /^mqtts?:\/\/[^\s/@]+$/.test(text) && URL.canParse(text) },
      form: "mqtts://host:port or mqtt://host:port, without a user",
    }),
    clientId: checked.text("SMP_BRIDGE_CLIENT_ID", { fallback: "smp-bridge", ...name }),
    ...(checked.optionalText("SMP_BRIDGE_SHARE") && { share: checked.text("SMP_BRIDGE_SHARE", name) }),
    ...(certDir === undefined ? undefined : { certDir }),
    inFlightMax: checked.integer("SMP_BRIDGE_IN_FLIGHT", { min: 1, max: 60_000, fallback: 5_000 }),
    live: checked.boolean("SMP_BRIDGE_LIVE", true),
    keepaliveSeconds: checked.integer("SMP_BRIDGE_KEEPALIVE_S", { min: 2, max: 3_600, fallback: 30 }),
  };
  if (checked.optionalText("SMP_MQTT_USERNAME") ?? checked.optionalText("SMP_MQTT_PASSWORD_FILE")) {
    const username = checked.text("SMP_MQTT_USERNAME");
    config.login = { username, passwordFile: checked.text("SMP_MQTT_PASSWORD_FILE") };
  }
  checked.throwIfFaulty();
  return config;
}

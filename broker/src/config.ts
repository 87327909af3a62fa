import { join } from "node:path";
import { Checked } from "@smp/schemas";

export interface BrokerConfig {
  host: string;
  /** 0: any free port. */
  port: number;
  /** Certificate (with the issuing CA behind it) and key of the broker, and the CA of its clients; PEM. */
  certFile: string;
  keyFile: string;
  caFile: string;
  /** The list of issued certificates. */
  registryFile: string;
  connectionsMax: number;
  connectionsPerAddressMax: number;
  sessionsPerIdentityMax: number;
  /** Announces meters to Home Assistant below `live/homeassistant`. */
  homeAssistant?: boolean;
}

/**
 * Reads the broker's settings: `SMP_MQTT_HOST` (0.0.0.0), `SMP_MQTT_PORT` (8883), `SMP_DATA_DIR` (data),
 * `SMP_PKI_DIR` (`$SMP_DATA_DIR/pki`), `SMP_MQTT_CERT`, `SMP_MQTT_KEY`, `SMP_MQTT_CA`, `SMP_MQTT_REGISTRY` (files below it),
 * `SMP_MQTT_CONNECTIONS_MAX`, `SMP_MQTT_CONNECTIONS_PER_ADDRESS_MAX`, `SMP_MQTT_SESSIONS_PER_IDENTITY_MAX`, `SMP_HOME_ASSISTANT` (false).
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): BrokerConfig {
  const checked = new Checked(environment);
  const pki = checked.text("SMP_PKI_DIR", {
    fallback: join(checked.text("SMP_DATA_DIR", { fallback: "data" }), "pki"),
  });
  const config = {
    host: checked.text("SMP_MQTT_HOST", { fallback: "0.0.0.0" }),
    port: checked.integer("SMP_MQTT_PORT", { min: 0, max: 65_535, fallback: 8883 }),
    certFile: checked.text("SMP_MQTT_CERT", { fallback: join(pki, "services/broker/server.crt") }),
    keyFile: checked.text("SMP_MQTT_KEY", { fallback: join(pki, "services/broker/server.key") }),
    caFile: checked.text("SMP_MQTT_CA", { fallback: join(pki, "ca.crt") }),
    registryFile: checked.text("SMP_MQTT_REGISTRY", { fallback: join(pki, "index.jsonl") }),
    connectionsMax: checked.integer("SMP_MQTT_CONNECTIONS_MAX", { min: 1, max: 1_000_000, fallback: 15_000 }),
    connectionsPerAddressMax: checked.integer("SMP_MQTT_CONNECTIONS_PER_ADDRESS_MAX", {
      min: 1,
      max: 1_000_000,
      fallback: 1_000,
    }),
    sessionsPerIdentityMax: checked.integer("SMP_MQTT_SESSIONS_PER_IDENTITY_MAX", {
      min: 1,
      max: 10_000,
      fallback: 8,
    }),
    homeAssistant: checked.boolean("SMP_HOME_ASSISTANT", false),
  };
  checked.throwIfFaulty();
  return config;
}

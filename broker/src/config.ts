import { join } from "node:path";
import { Checked } from "@smp/schemas";
import { LIMIT_VARIABLES, LIMITS, type Limits } from "./limits.ts";

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
  /** Other limits than `LIMITS`. */
  limits?: Partial<Limits>;
  /** Announces meters to Home Assistant below `live/homeassistant`. */
  homeAssistant?: boolean;
}

/** Large enough to switch any limit off. */
const LIMIT_MAX = 1_000_000_000;

/**
 * Reads the broker's settings: `SMP_MQTT_HOST` (0.0.0.0), `SMP_MQTT_PORT` (8883), `SMP_DATA_DIR` (data),
 * `SMP_PKI_DIR` (`$SMP_DATA_DIR/pki`), `SMP_MQTT_CERT`, `SMP_MQTT_KEY`, `SMP_MQTT_CA`, `SMP_MQTT_REGISTRY` (files below it),
 * `SMP_HOME_ASSISTANT` (false), and the limits of `LIMIT_VARIABLES`.
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
): BrokerConfig & { limits: SettableLimits } {
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
    limits: readLimits(checked),
    homeAssistant: checked.boolean("SMP_HOME_ASSISTANT", false),
  };
  checked.throwIfFaulty();
  return config;
}

type SettableLimits = Pick<Limits, keyof typeof LIMIT_VARIABLES>;

function readLimits(checked: Checked): SettableLimits {
  const read = Object.entries(LIMIT_VARIABLES).map(([name, variable]) => {
    const fallback = LIMITS[name as keyof typeof LIMIT_VARIABLES];
    return [name, checked.integer(variable, { min: 1, max: LIMIT_MAX, fallback })] as const;
  });
  return Object.fromEntries(read) as SettableLimits;
}

import { randomBytes } from "node:crypto";
import { LIMITS } from "../limits.ts";
import { Refusal } from "../refusal.ts";
import type { Identity } from "./identity.ts";

/** What well-known MQTT clients send when their user chose no client id. */
const GENERATED: readonly RegExp[] = [
  /^$/, // mosquitto_pub and mosquitto_sub 2.x, paho
  /^mosq-[A-Za-z0-9]+$/, // mosquitto 2.x, persistent session or MQTT 3.1
  /^mosq(?:pub|sub)[|/]/, // mosquitto 1.x
  /^mqttjs_[0-9a-f]+$/, // MQTT.js
  /^paho[0-9]+$/, // Paho Java and C examples
  /^nodered_[0-9a-f]+$/, // Node-RED
  /^ESP32_[0-9A-Fa-f]+$/, // ESP-IDF
  /^mqtt-explorer-[0-9a-f]+$/, // MQTT Explorer
];

/**
 * The name under which the broker keeps a session: `role:id`, or `role:id/suffix` for further sessions of the same
 * certificate. No client id can hold `:` and `/` here, so no session can push out that of another identity, whatever
 * it calls itself. docs/decisions/003-client-ids.md.
 */
export function sessionName(identity: Identity, clientId: string): string | Refusal {
  const own = `${identity.role}:${identity.id}`;
  if (clientId === identity.id) return own;
  if (GENERATED.some((pattern) => pattern.test(clientId))) return `${own}/${randomBytes(6).toString("hex")}`;
  const suffix = clientId.startsWith(`${identity.id}-`) ? clientId.slice(identity.id.length + 1) : "";
  if (
    identity.role !== "device" &&
    /^[A-Za-z0-9_.-]+$/.test(suffix) &&
    clientId.length <= LIMITS.clientIdLengthMax
  )
    return `${own}/${suffix}`;
  const allowed = identity.role === "device" ? `"${identity.id}"` : `"${identity.id}" or "${identity.id}-…"`;
  return new Refusal(
    "client-id",
    `The client id ${JSON.stringify(clientId.slice(0, 80))} does not fit the certificate of ${identity.role} ${identity.id}: use ${allowed}, or none.`,
    2,
  );
}

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PlatformError } from "@smp/schemas";
import type { IClientOptions } from "mqtt";
import type { ClientDoorConfig } from "./config.ts";

/** The options of mqtt.js, with what the files of certificates and passwords hold now. */
export async function connectOptions(config: ClientDoorConfig): Promise<IClientOptions> {
  const file = async (path: string, variable: string): Promise<Buffer> => {
    try {
      return await readFile(path);
    } catch (error) {
      throw new PlatformError("config", `${variable}: ${path} cannot be read`, { cause: error });
    }
  };
  const { certDir, login } = config;
  const pem = (name: string): Promise<Buffer> => file(join(certDir ?? "", name), "SMP_CERT_DIR");
  return {
    protocolVersion: 4,
    clientId: config.clientId,
    clean: false,
    keepalive: config.keepaliveSeconds,
    connectTimeout: 10_000,
    /** The door connects again itself, with jitter. */
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    ...(config.url.startsWith("mqtts:") && { minVersion: "TLSv1.2" as const }),
    ...(certDir !== undefined && {
      ca: await pem("ca.crt"),
      cert: await pem("client.crt"),
      key: await pem("client.key"),
    }),
    ...(login && {
      username: login.username,
      password: (await file(login.passwordFile, "SMP_MQTT_PASSWORD_FILE")).toString("utf8").trimEnd(),
    }),
  };
}

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { BundleFiles } from "@smp/certs";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";

/** A client that does not come back by itself, connected to a broker on this machine with its certificate. */
export async function connectClient(
  files: Pick<BundleFiles, "ca" | "cert" | "key">,
  { port, ...options }: IClientOptions & { port: number },
): Promise<MqttClient> {
  const read = (file: keyof typeof files): Promise<Buffer> => readFile(files[file]);
  const [ca, cert, key] = await Promise.all([read("ca"), read("cert"), read("key")]);
  const client = mqtt.connect(`mqtts://127.0.0.1:${port}`, { ca, cert, key, reconnectPeriod: 0, ...options });
  await once(client as unknown as NodeJS.EventEmitter, "connect");
  return client;
}

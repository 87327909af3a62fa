import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { addDevice, addService, initCa, type BundleFiles } from "@smp/certs";
import { LoadDevice } from "./load-device.ts";

const DAY_MS = 86_400_000;

/** Makes the certificates of a platform in the folder `pki` of a data folder: its CA, and those of a broker on this machine. */
export async function makePki(dataDir: string): Promise<string> {
  const pki = join(dataDir, "pki");
  await initCa({ dir: pki });
  await addService({ dir: pki, id: "broker", hostnames: ["127.0.0.1", "localhost"] });
  return pki;
}

/** A device with its certificate. Its readings are of the day before, so that they are never in the future. */
export async function openLoadDevice(
  files: Pick<BundleFiles, "ca" | "cert" | "key">,
  to: { id: string; port: number },
): Promise<LoadDevice> {
  const read = (file: keyof typeof files): Promise<Buffer> => readFile(files[file]);
  const [ca, cert, key] = await Promise.all([read("ca"), read("cert"), read("key")]);
  return new LoadDevice({ ...to, ca, cert, key, startMs: Date.now() - DAY_MS });
}

/** New devices `load-0`, `load-1` and so on, connected to a port. */
export async function addLoadDevices(
  count: number,
  to: { pki: string; port: number },
): Promise<LoadDevice[]> {
  const devices: LoadDevice[] = [];
  for (let index = 0; index < count; index++) {
    const id = `load-${index}`;
    const { files } = await addDevice({ dir: to.pki, id });
    devices.push(await openLoadDevice(files, { id, port: to.port }));
  }
  return devices;
}

import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { replaceFile } from "@smp/disk";
import { PRIVATE_FILE_MODE } from "../folder/files.ts";
import { HARDWARE, type HardwareName } from "./table.ts";
import type { BundleFiles } from "../folder/paths.ts";

export interface ReadyFileOptions {
  readonly id: string;
  readonly files: BundleFiles;
  readonly hardware: HardwareName;
  /** The broker that the device will speak to. */
  readonly host: string;
  readonly port: number;
}

/** Writes the file that the named hardware takes as it is, beside the bundle; returns its path. It may hold the key. */
export async function writeReadyFile({ id, files, hardware, host, port }: ReadyFileOptions): Promise<string> {
  const { fileName, content } = HARDWARE[hardware];
  const folder = dirname(files.cert);
  const [ca, cert, key] = await Promise.all([
    readFile(files.ca, "utf8"),
    readFile(files.cert, "utf8"),
    readFile(files.key, "utf8").catch(() => "The key is on the device that made it: put it here.\n"),
  ]);
  const path = join(folder, fileName);
  await replaceFile(path, content({ id, host, port, folder, ca, cert, key }), PRIVATE_FILE_MODE);
  return path;
}

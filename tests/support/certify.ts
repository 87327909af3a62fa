import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const smp = fileURLToPath(new URL("../../dist/smp.js", import.meta.url));

/** A device's bundle, made by `smp device add` in a folder of its own. */
export interface Certified {
  folder: string;
  read(file: string): Promise<string>;
  remove(): Promise<void>;
}

export async function certify(device: string, ...flags: string[]): Promise<Certified> {
  const dir = await mkdtemp(join(tmpdir(), "smp-certify-"));
  const env = { ...process.env, SMP_DATA_DIR: join(dir, "data") };
  const command = promisify(execFile);
  await command(process.execPath, [smp, "ca", "init"], { cwd: dir, env });
  await command(process.execPath, [smp, "device", "add", device, ...flags], { cwd: dir, env });
  const folder = join(dir, "data/pki/devices", device);
  return {
    folder,
    read: (file) => readFile(join(folder, file), "utf8"),
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

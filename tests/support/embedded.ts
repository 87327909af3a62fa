import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort, spawnPlatform, type PlatformProcess } from "./platform-process.ts";

const run = promisify(execFile);
const smp = fileURLToPath(new URL("../../dist/smp.js", import.meta.url));

/** The whole embedded platform as its users run it, in a temporary folder of its own. */
export interface Embedded {
  dir: string;
  mqttPort: number;
  httpUrl: string;
  /** The folder that `smp device add` made. */
  bundle(device: string): string;
  smp(...args: string[]): Promise<string>;
  /** Asks the API as its administrator. */
  get<T>(path: string): Promise<T>;
  /** Runs a page's shell lines against this platform: its ports and its `smp` in place of the page's. */
  shell(script: string, cwd?: string): Promise<string>;
  process: PlatformProcess;
  close(): Promise<void>;
}

export async function startEmbedded(settings: Record<string, string> = {}): Promise<Embedded> {
  const dir = await mkdtemp(join(tmpdir(), "smp-embedded-"));
  const [mqttPort, httpPort] = [await freePort(), await freePort()];
  const httpUrl = `http://127.0.0.1:${httpPort}`;
  const env = {
    SMP_DATA_DIR: join(dir, "data"),
    SMP_MQTT_HOST: "127.0.0.1",
    SMP_MQTT_PORT: String(mqttPort),
    SMP_HTTP_PORT: String(httpPort),
    SMP_SIMULATE: "false",
    SMP_LOG_LEVEL: "info",
    ...settings,
  };
  const process_ = await spawnPlatform(env, `${httpUrl}/readyz`).catch(async (error: unknown) => {
    await rm(dir, { recursive: true, force: true });
    throw error;
  });
  const options = { cwd: dir, env: { ...process.env, ...env }, timeout: 200_000 };
  const authorization = async (): Promise<Record<string, string>> => {
    const token = await readFile(join(dir, "data/admin.token"), "utf8").catch(() => "");
    return token === "" ? {} : { authorization: `Bearer ${token.trim()}` };
  };
  return {
    dir,
    mqttPort,
    httpUrl,
    process: process_,
    bundle: (device) => join(dir, "data/pki/devices", device),
    smp: async (...args) => (await run(process.execPath, [smp, ...args], options)).stdout,
    get: async <T>(path: string): Promise<T> => {
      const response = await fetch(httpUrl + path, { headers: await authorization() });
      return (await response.json()) as T;
    },
    shell: async (script, cwd = dir) => {
      const text = script
        .replaceAll("npx smp", `"${process.execPath}" "${smp}"`)
        .replaceAll("-p 8883", `-p ${mqttPort}`)
        .replaceAll("--port 8883", `--port ${mqttPort}`)
        .replaceAll("localhost:8883", `localhost:${mqttPort}`)
        .replaceAll("http://localhost:8080", httpUrl);
      return (await run("bash", ["-euo", "pipefail", "-c", text], { ...options, cwd })).stdout;
    },
    close: async () => {
      await process_.kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

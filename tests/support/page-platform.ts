import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pageShell, type PageShell, type Running } from "./page-shell.ts";
import { freePort } from "./platform-process.ts";

export interface PagePorts {
  http: number;
  mqtt: number;
  est: number;
}

/** A fresh folder in which a page's blocks start the platform themselves, on ports of its own. */
export interface PagePlatform {
  readonly dir: string;
  readonly ports: PagePorts;
  /** Where the API answers, once it runs. */
  readonly url: string;
  readonly shell: PageShell;
  /** As the shell uses them; a test may add what it learns later. */
  readonly replacements: Record<string, string>;
  /** Types a block that ends with `npm start`; resolves when the platform says where it is. */
  start(code: string): Promise<Running>;
  /** The administrator's token. */
  token(): Promise<string>;
  close(): Promise<void>;
}

/**
 * `replacements` are words of the pages that hold for their reader's computer only, beside the API's address, and `others` programs, as
 * in a page's shell.
 */
export async function pagePlatform(
  options: {
    env?: Record<string, string>;
    replacements?: (place: { dir: string; ports: PagePorts }) => Record<string, string>;
    others?: Record<string, string>;
  } = {},
): Promise<PagePlatform> {
  const dir = await mkdtemp(join(tmpdir(), "smp-pages-"));
  const ports = { http: await freePort(), mqtt: await freePort(), est: await freePort() };
  const url = `http://127.0.0.1:${ports.http}`;
  const replacements = { ...options.replacements?.({ dir, ports }), "http://localhost:8080": url };
  const shell = await pageShell(
    dir,
    {
      SMP_HTTP_PORT: String(ports.http),
      SMP_MQTT_PORT: String(ports.mqtt),
      SMP_EST_PORT: String(ports.est),
      SMP_MQTT_HOST: "127.0.0.1",
      ...options.env,
    },
    replacements,
    options.others,
  );
  return {
    dir,
    ports,
    url,
    shell,
    replacements,
    async start(code) {
      const running = shell.type(code);
      await running.says(/The platform runs\./);
      return running;
    },
    token: async () => (await readFile(join(dir, "data/admin.token"), "utf8")).trim(),
    async close() {
      await shell.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

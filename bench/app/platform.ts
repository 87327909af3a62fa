import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openStore, readConfig } from "@smp/store";
import { seedHouses, threeHouses } from "../../tests/support/app-houses.ts";
import { freePort, spawnPlatform } from "../../tests/support/platform-process.ts";

// The built file lies in dist/bench/.
const appDir = fileURLToPath(new URL("../../app/dist", import.meta.url));
const DAYS = 370;

/** The least that a browser can be shown: what it takes longer on another day is the machine's doing. */
const PEER = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Peer</title><p>One line of text.</p></html>`;
export const PEER_PATH = "peer.html";

export interface SeededPlatform {
  /** Without a slash at its end. */
  url: string;
  token: string;
  close(): Promise<void>;
}

/** The embedded platform in a process of its own, with a year of three households, and the peer's page beside the app. */
export async function startSeeded(): Promise<SeededPlatform> {
  const dir = await mkdtemp(join(tmpdir(), "smp-bench-app-"));
  const forget = (): Promise<void> => rm(dir, { recursive: true, force: true });
  try {
    const data = join(dir, "data");
    const files = join(dir, "app");
    await cp(appDir, files, { recursive: true });
    await writeFile(join(files, PEER_PATH), PEER);
    const store = await openStore(readConfig({ SMP_DATA_DIR: data, SMP_STORE: "duckdb" }));
    await seedHouses(store, threeHouses(Date.now(), DAYS));
    await store.close();
    const url = `http://127.0.0.1:${await freePort()}`;
    const platform = await spawnPlatform(
      {
        SMP_DATA_DIR: data,
        SMP_APP_DIR: files,
        SMP_HTTP_PORT: new URL(url).port,
        SMP_MQTT_HOST: "127.0.0.1",
        SMP_MQTT_PORT: String(await freePort()),
        SMP_EST: "false",
        SMP_SIMULATE: "false",
      },
      `${url}/readyz`,
    );
    const token = (await readFile(join(data, "admin.token"), "utf8")).trim();
    const close = async (): Promise<void> => {
      await platform.stop();
      await forget();
    };
    return { url, token, close };
  } catch (error) {
    await forget();
    throw error;
  }
}

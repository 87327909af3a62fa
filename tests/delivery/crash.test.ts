import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { initCa } from "@smp/certs";
import type { RejectedMessage } from "@smp/schemas";
import { openStore, readConfig } from "@smp/store";
import { expect, test } from "vitest";
import { addLoadDevices } from "../support/load-devices.ts";
import { judge, judgeRejected, type StoredReading } from "../support/oracle.ts";
import { freePort, spawnPlatform } from "../support/platform-process.ts";
import { random } from "../support/random.ts";

const DEVICES = 10;
const READINGS_PER_SECOND = 200;
/** One reading in so many is impossible, and must be found among the rejected. */
const WRONG_IN = 20;
const KILLS = Number(process.env["SMP_CRASH_KILLS_EMBEDDED"] ?? 5);
const seed = Number(process.env["SEED"] ?? 1);

test(
  `after ${KILLS} kill -9 under load, every acknowledged reading is in the store exactly once, or rejected with a reason (seed ${seed})`,
  async () => {
    const dir = await mkdtemp(join(tmpdir(), "smp-crash-"));
    const mqttPort = await freePort();
    const httpPort = await freePort();
    const environment = {
      SMP_DATA_DIR: dir,
      SMP_MQTT_HOST: "127.0.0.1",
      SMP_MQTT_PORT: String(mqttPort),
      SMP_HTTP_PORT: String(httpPort),
      SMP_SIMULATE: "false",
      SMP_LOG_LEVEL: "error",
    };
    const ready = `http://127.0.0.1:${httpPort}/readyz`;
    const chance = random(seed);
    const pki = join(dir, "pki");
    let platform = await spawnPlatform(environment, ready);
    await initCa({ dir: pki });
    const devices = await addLoadDevices(DEVICES, { pki, port: mqttPort });
    let turn = 0;
    const load = setInterval(() => {
      const device = devices[turn++ % DEVICES];
      if (chance() < 1 / WRONG_IN) device?.measureWrong();
      else device?.measure();
    }, 1000 / READINGS_PER_SECOND);
    try {
      for (let kill = 0; kill < KILLS; kill++) {
        await new Promise((resolve) => setTimeout(resolve, 500 + chance() * 1500));
        await platform.kill();
        platform = await spawnPlatform(environment, ready);
      }
      clearInterval(load);
      await Promise.all(devices.map((device) => device.settled()));
      expect(await platform.stop()).toBe(0);

      const store = await openStore(readConfig({ SMP_DATA_DIR: dir }));
      const stored = new Map<string, StoredReading[]>();
      for (const { meter } of await store.meters()) {
        const rows: StoredReading[] = [];
        for await (const batch of store.raw({ meter, from: 0, to: Number.MAX_SAFE_INTEGER }))
          for (const { t, r } of batch) rows.push({ t, value: r["1-0:1.8.0"] ?? Number.NaN });
        stored.set(meter, rows);
      }
      const rejected = new Map<string, RejectedMessage[]>();
      for (const { ledger } of devices)
        rejected.set(ledger.meter, await store.rejected({ device: ledger.meter, limit: 10_000 }));
      await store.close();
      const ledgers = devices.map(({ ledger }) => ledger);
      const verdict = judge(ledgers, (meter) => stored.get(meter) ?? []);
      expect(verdict, platform.output()).toMatchObject({ lost: 0, doubled: 0, invented: 0 });
      expect(verdict.acknowledged).toBeGreaterThan(KILLS * 100);
      expect(verdict.stored).toBe(verdict.acknowledged);
      const rejections = judgeRejected(ledgers, (device) => rejected.get(device) ?? []);
      expect(rejections).toMatchObject({ lost: 0, unexplained: 0, unjust: 0 });
      expect(rejections.acknowledged).toBeGreaterThan(KILLS);
    } finally {
      clearInterval(load);
      await Promise.all(devices.map((device) => device.close()));
      await platform.kill();
      await rm(dir, { recursive: true, force: true });
    }
  },
  60_000 + KILLS * 10_000,
);

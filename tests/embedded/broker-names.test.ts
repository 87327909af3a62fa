import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { readConfig } from "../../embedded/config.ts";
import { startPlatform } from "../../start.ts";

test("devices may call the platform by this computer's name, and by those of SMP_MQTT_NAMES", async () => {
  const dir = await mkdtemp(join(tmpdir(), "smp-names-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const config = readConfig({
    SMP_DATA_DIR: dir,
    SMP_HTTP_PORT: "0",
    SMP_MQTT_PORT: "0",
    SMP_EST: "false",
    SMP_MQTT_HOST: "127.0.0.1",
    SMP_SIMULATE: "false",
    SMP_MQTT_NAMES: "meters.example.org, 203.0.113.7",
  });
  const platform = await startPlatform(config, pino({ level: "silent" }));
  await platform.close();
  const certificate = new X509Certificate(await readFile(platform.pki.broker.cert));
  for (const name of ["localhost", hostname(), "meters.example.org"])
    expect(certificate.checkHost(name), name).toBe(name);
  for (const address of ["127.0.0.1", "203.0.113.7"])
    expect(certificate.checkIP(address), address).toBe(address);
});

test("a setting that is no list of names is a fault with its name", () => {
  expect(() => readConfig({ SMP_MQTT_NAMES: "a.example;b.example" })).toThrow(
    /SMP_MQTT_NAMES.*with commas between/,
  );
});

import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { initCa } from "../../src/authority/authority.ts";
import { HARDWARE, HARDWARE_NAMES } from "../../src/hardware/table.ts";
import { addDevice } from "../../src/leaf/issue.ts";
import { writeReadyFile } from "../../src/hardware/ready-file.ts";
import { temporaryFolder, temporaryPki } from "../pki-folder.ts";
import { smp } from "../smp.ts";

const bundleOf = async (
  id = "kitchen",
): Promise<{ folder: string; files: Parameters<typeof writeReadyFile>[0]["files"] }> => {
  const dir = await temporaryPki();
  const { files } = await addDevice({ dir, id });
  return { folder: join(dir, "devices", id), files };
};
const write = async (
  hardware: (typeof HARDWARE_NAMES)[number],
): Promise<{ text: string; pem: Record<"ca" | "cert" | "key", string>; folder: string }> => {
  const { files, folder } = await bundleOf();
  const path = await writeReadyFile({ id: "kitchen", files, hardware, host: "meter.example", port: 8883 });
  const [ca, cert, key] = await Promise.all(
    [files.ca, files.cert, files.key].map((file) => readFile(file, "utf8")),
  );
  return { text: await readFile(path, "utf8"), pem: { ca: ca!, cert: cert!, key: key! }, folder };
};

describe("a ready file", () => {
  test.each(HARDWARE_NAMES)(
    "for %s is as private as a key, also over one that all may read",
    async (hardware) => {
      const { files, folder } = await bundleOf();
      const path = join(folder, HARDWARE[hardware].fileName);
      await writeFile(path, "old");
      await chmod(path, 0o644);
      await writeReadyFile({ id: "kitchen", files, hardware, host: "meter.example", port: 8883 });
      expect(((await stat(path)).mode & 0o777).toString(8)).toBe("600");
      expect(await readFile(path, "utf8")).toContain("kitchen");
      expect(await readFile(path, "utf8")).toContain("meter.example");
    },
  );

  test("is made by device add, also for a device that exists, and its use is told", async () => {
    const data = await temporaryFolder();
    await initCa({ dir: join(data, "pki") });
    await smp("device", "add", "kitchen", "--data", data);
    const { stdout, stderr } = await smp("device", "add", "kitchen", "--for", "python", "--data", data);
    const path = join(data, "pki/devices/kitchen/publish.py");
    expect(stderr).toContain("kitchen exists");
    expect(stderr).toContain(`Take ${path} as a start`);
    expect(stdout).toBe(`python3 ${path}\n`);
    expect(await readFile(path, "utf8")).toContain('"client.key"');
  });

  test("for ESPHome is YAML with the three PEM texts, and publishes below the device's topics only", async () => {
    const { text, pem } = await write("esphome");
    const { mqtt } = parse(text) as { mqtt: Record<string, unknown> };
    expect(mqtt).toMatchObject({
      broker: "meter.example",
      port: 8883,
      client_id: "kitchen",
      discovery: false,
      topic_prefix: null,
      log_topic: null,
      certificate_authority: pem.ca,
      client_certificate: pem.cert,
      client_certificate_key: pem.key,
      birth_message: { topic: "sm/v1/kitchen/status", payload: "online", retain: true },
      will_message: { topic: "sm/v1/kitchen/status", payload: "offline", retain: true },
    });
    expect(JSON.stringify(mqtt["on_message"])).toContain("sm/v1/kitchen/error");
  });

  test("for vzlogger and Node-RED is JSON that names the three files", async () => {
    const vzlogger = await write("vzlogger");
    expect(JSON.parse(vzlogger.text)).toMatchObject({
      mqtt: { enabled: true, id: "kitchen", qos: 1, keyfile: join(vzlogger.folder, "client.key") },
    });
    const flows = JSON.parse((await write("node-red")).text) as Record<string, unknown>[];
    const byType = (type: string): Record<string, unknown> => flows.find((node) => node["type"] === type)!;
    expect(byType("mqtt-broker")).toMatchObject({ clientid: "kitchen", tls: byType("tls-config")["id"] });
    expect(byType("mqtt out")).toMatchObject({ topic: "sm/v1/kitchen/reading", qos: "1" });
    const message = runInNewContext(
      `(function (msg) { ${String(byType("function")["func"])} })({ payload: "413" })`,
    ) as {
      payload: { v: number; r: Record<string, number> };
    };
    expect(message.payload).toMatchObject({ v: 1, r: { "1-0:16.7.0": 413 } });
  });
});

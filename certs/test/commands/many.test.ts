import { execFileSync, spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { optionsFrom } from "../../src/commands/add.ts";
import { dueForRenewal } from "../../src/leaf/renew.ts";
import { newRequest, temporaryFolder } from "../pki-folder.ts";
import { smp } from "../smp.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

async function dataFolder(...init: string[]): Promise<string> {
  const folder = await temporaryFolder();
  await smp("ca", "init", "--data", folder, ...init);
  onTestFinished(() => void (process.exitCode = 0));
  return folder;
}

const jsonLines = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("many devices", () => {
  test("are numbered, told of each tenth, and printed as one JSON object a line", async () => {
    const data = await dataFolder();
    const { stdout, stderr } = await smp("device", "add", "meter", "--count", "20", "--data", data, "--json");
    const lines = jsonLines(stdout);
    expect(lines.map(({ id }) => id)).toEqual(
      Array.from({ length: 20 }, (_, index) => `meter-${String(index + 1).padStart(2, "0")}`),
    );
    expect(stderr.split("\n").slice(0, 2)).toEqual(["10 %: 2 of 20 devices", "20 %: 4 of 20 devices"]);
    expect(stderr).toContain("20 devices issued, 0 existed, 0 failed.\n");
    expect(process.exitCode ?? 0).toBe(0);
  });

  test("open the CA's key once, for it is encrypted by 600,000 rounds", async () => {
    const folder = await temporaryFolder();
    const passphraseFile = join(folder, "passphrase");
    await writeFile(passphraseFile, "correct horse\n");
    const data = await dataFolder("--passphrase-file", passphraseFile);
    const { openIssuer } = await optionsFrom("device", { data, passphraseFile, host: "localhost", port: 1 });
    const issuer = await openIssuer?.();
    expect(issuer?.privateKey.type).toBe("private");
    expect(await openIssuer?.()).toBe(issuer);
  });

  test("of which one was revoked: the others are made, and the exit code says not all", async () => {
    const data = await dataFolder();
    await smp("device", "add", "m-2", "--data", data);
    await smp("device", "revoke", "m-2", "--data", data);
    await smp("device", "add", "m-3", "--data", data);
    const { stderr } = await smp("device", "add", "m", "--count", "3", "--data", data);
    expect(stderr).toContain("m-2: device m-2 was revoked on ");
    expect(stderr).toContain("1 devices issued, 1 existed, 1 failed.\n");
    expect(process.exitCode).toBe(3);
  });

  test("of which none can be made fail at the first", async () => {
    await expect(smp("device", "add", "m", "--count", "3", "--data", "/nonexistent")).rejects.toMatchObject({
      code: "ca-missing",
    });
  });

  test("are ended by Ctrl-C behind the one in work, with exit code 130, and can be gone on with", async () => {
    const data = await dataFolder();
    execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b", "certs"], {
      cwd: root,
    });
    const script = `
      import { deviceCommand } from "@smp/certs";
      await deviceCommand().parseAsync(process.argv.slice(1), { from: "user" });`;
    const args = ["add", "m", "--count", "5000", "--data", data, "--json"];
    const child = spawn(process.execPath, ["--input-type=module", "-e", script, ...args], { cwd: root });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = once(child, "exit");
    await once(child.stdout, "data");
    child.stdout.resume();
    child.kill("SIGINT");
    expect(await ended).toEqual([130, null]);
    expect(stderr).toContain("Interrupted: the same command goes on where it ended.");
    const { stdout } = await smp("device", "list", "--data", data, "--json");
    expect(jsonLines(stdout).length).toBeGreaterThan(0);
    expect(jsonLines(stdout).length).toBeLessThan(5_000);
  });
});

describe("a device's own request", () => {
  test("comes from a file, and the key is not asked for", async () => {
    const data = await dataFolder();
    const { request } = await newRequest("whatever");
    const { stderr } = await smp("device", "add", "kitchen", "--csr", request, "--data", data);
    expect(stderr).toContain("The key is with its owner");
    await expect(stat(join(data, "pki/devices/kitchen/client.key"))).rejects.toThrow("ENOENT");
    await expect(
      smp("device", "add", "m", "--count", "2", "--csr", request, "--data", data),
    ).rejects.toMatchObject({ code: "config" });
  });
});

describe("renew", () => {
  test("keeps the former certificate until it expires, and a revocation ends both", async () => {
    const data = await dataFolder();
    await smp("device", "add", "kitchen", "--data", data);
    const { stderr } = await smp("device", "renew", "kitchen", "--data", data);
    expect(stderr).toMatch(/^Renewed the certificate of device kitchen, .* the former one counts until/);
    expect((await smp("ca", "show", "--data", data, "--json")).stdout).toContain(
      '"certificates":{"active":2,"expired":0,"revoked":0}',
    );
    // Of a second renewal the former is the first's: the one before it ends.
    await smp("device", "renew", "kitchen", "--data", data);
    expect((await smp("ca", "show", "--data", data, "--json")).stdout).toContain(
      '"certificates":{"active":2,"expired":0,"revoked":1}',
    );
    await smp("device", "revoke", "kitchen", "--data", data);
    expect((await smp("ca", "show", "--data", data, "--json")).stdout).toContain(
      '"certificates":{"active":0,"expired":0,"revoked":3}',
    );
    await expect(smp("device", "renew", "kitchen", "--data", data)).rejects.toMatchObject({
      code: "revoked",
    });
  });

  test("keeps a server's names and a consumer's meters", async () => {
    const data = await dataFolder();
    await smp(
      "service",
      "add",
      "broker",
      "--dns",
      "localhost",
      "b.example",
      "--ip",
      "10.0.0.7",
      "--data",
      data,
    );
    await smp("consumer", "add", "tap", "--meter", "kitchen", "--data", data);
    await smp("service", "renew", "broker", "--data", data);
    const { stdout } = await smp("consumer", "renew", "tap", "--data", data, "--json");
    expect(JSON.parse(stdout)).toMatchObject({ status: "renewed", meters: ["kitchen"] });
    const pem = await readFile(join(data, "pki/services/broker/server.crt"));
    expect(new X509Certificate(pem).subjectAltName).toBe(
      "URI:urn:smp:service:broker, DNS:localhost, DNS:b.example, IP Address:10.0.0.7",
    );
  });

  test("--due takes those in the last third of their life", async () => {
    const data = await dataFolder();
    await smp("device", "add", "m", "--count", "2", "--data", data);
    expect((await smp("device", "renew", "--due", "--data", data)).stderr).toMatch(/^No device is due/);
    await expect(smp("device", "renew", "--data", data)).rejects.toThrow(/name the devices to renew/);
    const late = new Date(Date.now() + 300 * 86_400_000);
    expect((await dueForRenewal(join(data, "pki"), "device", late)).map(({ id }) => id)).toEqual([
      "m-1",
      "m-2",
    ]);
    await smp("device", "revoke", "m-2", "--data", data);
    expect((await dueForRenewal(join(data, "pki"), "device", late)).map(({ id }) => id)).toEqual(["m-1"]);
  });
});

describe("what people get wrong", () => {
  test("a name that nearly exists is suggested", async () => {
    const data = await dataFolder();
    await smp("device", "add", "kitchen", "--data", data);
    await expect(smp("device", "show", "kichen", "--data", data)).rejects.toThrow(/did you mean kitchen\?$/);
    await expect(smp("device", "revoke", "cellar", "--data", data)).rejects.toThrow(
      /smp device list shows all$/,
    );
  });

  test("hardware that is not known is answered with what is", async () => {
    const data = await dataFolder();
    await expect(smp("device", "add", "m1", "--for", "esp23", "--data", data)).rejects.toThrow(
      /Allowed choices are mosquitto, esp32, esphome, python, shelly, mosquitto-bridge, vzlogger, node-red/,
    );
  });

  test("a host that is none, and two things from one standard input", async () => {
    const data = await dataFolder();
    await expect(smp("device", "add", "m1", "--host", "a'b", "--data", data)).rejects.toMatchObject({
      code: "config",
    });
    await expect(
      smp("device", "add", "m1", "--csr", "-", "--passphrase-file", "/dev/null", "--data", data),
    ).rejects.toMatchObject({ code: "config" });
  });
});

test("export-crl prints the paths of the lists, for the device's CA or for all", async () => {
  const data = await dataFolder();
  await smp("device", "add", "m1", "--data", data);
  await smp("device", "revoke", "m1", "--data", data);
  const { stdout, stderr } = await smp("device", "export-crl", "--data", data);
  expect(stdout).toBe(`${data}/pki/crl/issuing-device.crl\n`);
  expect(stderr).toMatch(/^List 1 of issuing-device revokes 1 certificate; the next is due by /);
  const all = await smp("ca", "export-crl", "--offline", join(data, "pki/root"), "--data", data, "--json");
  expect(jsonLines(all.stdout).map(({ authority, number }) => [authority, number])).toEqual([
    ["root", 2],
    ["issuing-device", 2],
    ["issuing-service", 1],
  ]);
});

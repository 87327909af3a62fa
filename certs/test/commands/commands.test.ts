import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CommanderError } from "commander";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { ownAddress } from "../../src/leaf/own-names.ts";
import { temporaryFolder } from "../pki-folder.ts";
import { smp } from "../smp.ts";

async function dataFolder(): Promise<string> {
  const folder = await temporaryFolder();
  vi.stubEnv("SMP_DATA_DIR", folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  await smp("ca", "init");
  return folder;
}

test("ca init says what it made and what to do next; again, that nothing was changed", async () => {
  const folder = await temporaryFolder();
  const first = await smp("ca", "init", "--data", folder);
  expect(first).toMatchObject({ stdout: "" });
  expect(first.stderr).toContain(`Made the CA in ${folder}/pki. Devices trust ${folder}/pki/ca.crt.`);
  expect(first.stderr).toContain("Its keys are not encrypted");
  expect((await smp("ca", "init", "--data", folder)).stderr).toBe(
    `The CA exists in ${folder}/pki; nothing was changed.\n`,
  );
});

test("invite prints the code, and the line to run on the device, which reaches this computer by its address", async () => {
  const data = await dataFolder();
  vi.stubEnv("SMP_EST_PORT", "18085");
  const { stdout, stderr } = await smp("invite", "house-7");
  expect(stdout).toMatch(/^[a-z0-9-]{20,}\n$/);
  const line = /npx smp enrol house-7 --url (\S+) --fingerprint [0-9A-F:]{95}\n/.exec(stderr);
  expect(line?.[1]).toBe(`https://${ownAddress()}:18085`);
  expect((await smp("invite", "house-8", "--url", "https://p.example:1", "--data", data)).stderr).toContain(
    "--url https://p.example:1 --fingerprint",
  );
});

test("a passphrase comes from the first line of a file", async () => {
  const folder = await temporaryFolder();
  const file = join(folder, "passphrase");
  await writeFile(file, "correct horse\r\nbattery staple\n");
  expect((await smp("ca", "init", "--data", folder, "--passphrase-file", file)).stderr).not.toContain(
    "not encrypted",
  );
  expect(await readFile(join(folder, "pki/root/ca.key"), "utf8")).toContain("BEGIN ENCRYPTED PRIVATE KEY");
  await expect(smp("device", "add", "m1", "--data", folder)).rejects.toThrow("--passphrase-file FILE");
  expect((await smp("device", "add", "m1", "--data", folder, "--passphrase-file", file)).stderr).toContain(
    "Issued the certificate of device m1",
  );
  const view = JSON.parse((await smp("ca", "show", "--data", folder, "--json")).stdout) as {
    authorities: { key: string }[];
    certificates: object;
  };
  expect(view.authorities.map(({ key }) => key)).toEqual(["encrypted", "encrypted", "encrypted"]);
  expect(view.certificates).toEqual({ active: 1, expired: 0, revoked: 0 });
  await writeFile(file, "\n");
  await expect(smp("device", "add", "m2", "--data", folder, "--passphrase-file", file)).rejects.toMatchObject(
    { code: "config" },
  );
});

test("device add prints the line that tests it, and only that, on stdout", async () => {
  const folder = await dataFolder();
  const { stdout, stderr } = await smp("device", "add", "kitchen", "--host", "meter.example");
  const files = `${folder}/pki/devices/kitchen`;
  expect(stdout).toBe(
    `mosquitto_pub -h meter.example -p 8883 --cafile ${files}/ca.crt --cert ${files}/client.crt --key ${files}/client.key` +
      ` -i kitchen -q 1 -t sm/v1/kitchen/reading -m '{"v":1,"r":{"1-0:16.7.0":413}}'\n`,
  );
  expect(stderr).toMatch(/^Issued the certificate of device kitchen, valid until \d{4}-\d\d-\d\d\.\n/);
  expect((await smp("device", "add", "kitchen")).stderr).toContain("device kitchen exists, valid until");
});

test("device add, list, show and revoke print JSON, one object a line", async () => {
  const folder = await dataFolder();
  const added = JSON.parse((await smp("device", "add", "b", "--days", "30", "--json")).stdout) as Record<
    string,
    unknown
  >;
  expect(added).toMatchObject({
    status: "issued",
    state: "active",
    id: "b",
    role: "device",
    files: { key: `${folder}/pki/devices/b/client.key` },
  });
  await smp("device", "add", "a");
  const listed = (await smp("device", "list", "--json")).stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(listed.map(({ id, state }) => [id, state])).toEqual([
    ["a", "active"],
    ["b", "active"],
  ]);
  expect(listed[1]?.["serial"]).toBe(added["serial"]);
  expect(JSON.parse((await smp("device", "revoke", "b", "--reason", "lost", "--json")).stdout)).toMatchObject(
    { status: "revoked", state: "revoked", reason: "lost" },
  );
  expect(JSON.parse((await smp("device", "show", "b", "--json")).stdout)).toMatchObject({
    id: "b",
    state: "revoked",
    files: {},
  });
});

test("device list shows a table, and says so when there is none", async () => {
  await dataFolder();
  expect(await smp("device", "list")).toEqual({
    stdout: "",
    stderr: "No device yet: smp device add NAME makes one.\n",
  });
  await smp("device", "add", "kitchen");
  const [head, row] = (await smp("device", "list")).stdout.split("\n");
  expect(head).toBe("NAME     STATE   EXPIRES     SERIAL");
  expect(row).toMatch(/^kitchen  active  \d{4}-\d\d-\d\d  [4-7][0-9A-F]{31}$/);
});

test("consumers and services have the same commands", async () => {
  const folder = await dataFolder();
  expect((await smp("consumer", "add", "tap", "--meter", "kitchen", "cellar.1")).stdout).toMatch(
    /^mosquitto_sub .* -v -t 'live\/v1\/#'\n$/,
  );
  expect(JSON.parse((await smp("consumer", "list", "--json")).stdout)).toMatchObject({
    id: "tap",
    meters: ["kitchen", "cellar.1"],
  });
  expect(
    (await smp("service", "add", "broker", "--dns", "localhost", "broker", "--ip", "10.0.0.7")).stdout,
  ).toContain("openssl verify -x509_strict -purpose sslserver");
  expect((await smp("service", "show", "broker")).stdout).toContain(
    `cert        ${folder}/pki/services/broker/server.crt\n`,
  );
  await smp("consumer", "revoke", "tap");
  expect((await smp("consumer", "revoke", "tap")).stderr).toMatch(
    /^consumer tap was already revoked on .*; nothing was changed\.\n$/,
  );
});

describe("wrong usage", () => {
  test.each([
    [["device", "add"], "missing required argument 'name'"],
    [["device", "add", "m1", "--days", "398"], "Write a whole number from 1 to 397."],
    [["device", "add", "m1", "--days", "1.5"], "Write a whole number from 1 to 397."],
    [["device", "lst"], "unknown command 'lst'\n(Did you mean list?)"],
  ])("%j is told apart from a failure", async (args, message) => {
    await dataFolder();
    const error = await smp(...args).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CommanderError);
    expect((error as Error).message).toContain(message);
  });

  test.each([
    [["device", "add", "../../x"], "config"],
    [["service", "add", "broker"], "config"],
    [["device", "show", "nobody"], "unknown"],
    [["device", "list", "--data", "/nonexistent"], "registry-missing"],
    [["device", "add", "m1", "--data", "/nonexistent"], "ca-missing"],
  ])("%j ends with a sentence for its reason", async (args, code) => {
    await dataFolder();
    await expect(smp(...args)).rejects.toMatchObject({ name: "PlatformError", code });
  });

  test.each([["--passphrase-file"], ["--csr"]])("%s FILE says that there is no such file", async (option) => {
    const data = await dataFolder();
    await expect(smp("device", "add", "m1", option, "/none", "--data", data)).rejects.toMatchObject({
      code: "file",
      message: `${option} /none cannot be read: there is no such file`,
    });
  });
});

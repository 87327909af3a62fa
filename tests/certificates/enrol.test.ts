import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addDevice, addService, initCa, invite, pkiPaths, readEstConfig, revoke, startEst } from "@smp/certs";
import { enrolCommand } from "@smp/edge";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { nextKey } from "../../edge/src/certificate/files.ts";
import { signingRequest } from "../../edge/src/certificate/signing-request.ts";
import { readCredentials } from "../../edge/src/certificate/credentials.ts";

const DEVICE = "house-7";

/** A platform with an enrolment server, and a folder of a device. */
async function platform(): Promise<{
  dir: string;
  folder: string;
  enrol: (code: string) => Promise<unknown>;
}> {
  const folder = await mkdtemp(join(tmpdir(), "smp-enrol-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const dir = join(folder, "pki");
  await initCa({ dir });
  await addService({ dir, id: "broker", hostnames: ["localhost"] });
  const settings = { SMP_PKI_DIR: dir, SMP_EST_HOST: "127.0.0.1", SMP_EST_PORT: "0" };
  const est = await startEst(readEstConfig(settings), { log: pino({ level: "silent" }) });
  onTestFinished(() => est.close());
  const codeFile = join(folder, "code");
  return {
    dir,
    folder,
    async enrol(code) {
      await writeFile(codeFile, code);
      const url = `https://localhost:${est.port}`;
      const flags = ["--url", url, "--ca", pkiPaths(dir).ca, "--code-file", codeFile];
      const where = ["--cert-dir", join(folder, "device"), "--force"];
      return enrolCommand().parseAsync([DEVICE, ...flags, ...where], { from: "user" });
    },
  };
}
const contents = async (folder: string): Promise<Record<string, string>> =>
  Object.fromEntries(
    await Promise.all(
      ["ca.crt", "client.crt", "client.key"].map(async (name) => [
        name,
        await readFile(join(folder, name), "utf8"),
      ]),
    ),
  ) as Record<string, string>;

test("a code that another platform refuses leaves the device what it works with, its CA too", async () => {
  const [here, other] = [await platform(), await platform()];
  const { code } = await invite({ dir: here.dir, id: DEVICE, ttlMs: 60_000 });
  await here.enrol(code);
  const device = join(here.folder, "device");
  const before = await contents(device);
  // The same folder, at the other platform.
  await symlink(device, join(other.folder, "device"));
  await expect(other.enrol("wrong-code")).rejects.toThrow(/no code for a device/);
  expect(await contents(device)).toEqual(before);
  const moved = await invite({ dir: other.dir, id: DEVICE, ttlMs: 60_000 });
  await other.enrol(moved.code);
  expect((await contents(device))["ca.crt"]).toBe(await readFile(pkiPaths(other.dir).ca, "utf8"));
});

test("a device that was revoked after a lost answer enrols again, with a key of its own making", async () => {
  const { dir, folder, enrol } = await platform();
  const device = join(folder, "device");
  const first = await invite({ dir, id: DEVICE, ttlMs: 60_000 });
  await enrol(first.code);
  const csr = signingRequest(DEVICE, nextKey(device)).toString("base64");
  await addDevice({ dir, id: DEVICE, csr, force: true });
  await revoke("device", { dir, id: DEVICE, reason: "stolen" });
  const second = await invite({ dir, id: DEVICE, ttlMs: 60_000, force: true });
  await enrol(second.code);
  expect((await readCredentials(device)).device).toBe(DEVICE);
  expect((await readdir(device)).sort()).toEqual(["ca.crt", "client.crt", "client.key"]);
});

test.each(["--ca", "--code-file"])("%s that is not there is named, without a stack", async (flag) => {
  const { dir, folder } = await platform();
  const files = { "--ca": pkiPaths(dir).ca, "--code-file": "code", [flag]: join(folder, "none") };
  const flags = ["--url", "https://localhost:1", ...Object.entries(files).flat()];
  const asked = enrolCommand().parseAsync([DEVICE, ...flags, "--cert-dir", join(folder, "new")], {
    from: "user",
  });
  await expect(asked).rejects.toMatchObject({
    code: "config",
    message: expect.stringMatching(/none cannot be read/),
  });
});

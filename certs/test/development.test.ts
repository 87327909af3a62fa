import { X509Certificate } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ensureDevelopmentPki } from "../src/development.ts";
import { revoke } from "../src/leaf/revoke.ts";
import { daysFromNow, openssl, temporaryFolder } from "./pki-folder.ts";

const start = (
  dir: string,
  options: { now?: Date; hostnames?: string[] } = {},
): ReturnType<typeof ensureDevelopmentPki> =>
  ensureDevelopmentPki({
    dir,
    hostnames: ["my-laptop", "not a name", "192.168.1.9"],
    devices: ["simulated-kaifa"],
    consumers: ["tap"],
    ...options,
  });

test("the first start makes everything, the second nothing, within 100 ms", async () => {
  const dir = join(await temporaryFolder(), "data/pki");
  const first = await start(dir);
  expect(first.notices).toEqual([
    expect.stringContaining("Its keys are not encrypted"),
    "Issued the certificate of service broker.",
    "Issued the certificate of device simulated-kaifa.",
    "Issued the certificate of consumer tap.",
  ]);
  const registry = await readFile(first.registry, "utf8");
  const startedAt = performance.now();
  const second = await start(dir);
  expect(performance.now() - startedAt).toBeLessThan(100);
  expect(second).toEqual({ ...first, notices: [] });
  expect(await readFile(first.registry, "utf8")).toBe(registry);
});

test("the broker answers under localhost and every name given", async () => {
  const { broker, ca } = await start(join(await temporaryFolder(), "pki"));
  for (const [option, name] of [
    ["-verify_hostname", "localhost"],
    ["-verify_hostname", "my-laptop"],
    ["-verify_ip", "127.0.0.1"],
    ["-verify_ip", "::1"],
    ["-verify_ip", "192.168.1.9"],
  ] as const)
    expect(
      await openssl(
        "verify",
        "-x509_strict",
        "-CAfile",
        ca,
        "-untrusted",
        broker.cert,
        option,
        name,
        broker.cert,
      ),
    ).toMatchObject({ exitCode: 0 });
});

test("the broker's certificate is renewed in the last third of its life, and for a new name", async () => {
  const dir = join(await temporaryFolder(), "pki");
  await start(dir);
  expect((await start(dir, { now: daysFromNow(59) })).notices).toEqual([]);
  const late = await start(dir, { now: daysFromNow(61) });
  expect(late.notices).toEqual([
    "Renewed the certificate of service broker.",
    "Renewed the certificate of consumer tap.",
  ]);
  const other = await start(dir, { now: daysFromNow(61), hostnames: ["other.example"] });
  expect(other.notices).toEqual(["Renewed the certificate of service broker."]);
  expect(new X509Certificate(await readFile(other.broker.cert)).checkHost("other.example")).toBe(
    "other.example",
  );
});

test("damaged and lost files are made anew, a revoked device is not", async () => {
  const dir = join(await temporaryFolder(), "pki");
  await start(dir);
  await rm(join(dir, "devices/simulated-kaifa/client.key"));
  expect((await start(dir)).notices).toEqual(["Renewed the certificate of device simulated-kaifa."]);
  await writeFile(join(dir, "devices/simulated-kaifa/client.crt"), "");
  expect((await start(dir)).notices).toEqual(["Renewed the certificate of device simulated-kaifa."]);
  await revoke("device", { dir, id: "simulated-kaifa" });
  const revoked = await readFile(join(dir, "index.jsonl"), "utf8");
  // The platform comes up all the same: after its next boot nobody may be there to look.
  expect((await start(dir)).notices).toEqual([
    "The certificate of device simulated-kaifa was revoked and stays so: smp device add simulated-kaifa --force gives it a new one.",
  ]);
  expect(await readFile(join(dir, "index.jsonl"), "utf8")).toBe(revoked);
});

test("an issuing CA is renewed in time, and what the former issued goes on to count", async () => {
  const dir = join(await temporaryFolder(), "pki");
  await start(dir);
  const authority = async (which: string): Promise<X509Certificate> =>
    new X509Certificate(await readFile(join(dir, which, "ca.crt")));
  const former = await authority("issuing-device");
  await start(dir, { now: daysFromNow(1826 - 398) });
  expect((await authority("issuing-device")).serialNumber).toBe(former.serialNumber);
  const { notices, broker } = await start(dir, { now: daysFromNow(1826 - 396) });
  expect(notices.filter((notice) => notice.startsWith("Renewed the CA for"))).toHaveLength(2);
  for (const which of ["issuing-device", "issuing-service"])
    expect(Date.parse((await authority(which)).validTo)).toBeGreaterThan(daysFromNow(3_000).getTime());
  expect((await authority("issuing-device")).serialNumber).not.toBe(former.serialNumber);
  const cas = ["-CAfile", join(dir, "ca.crt"), "-untrusted", broker.cert];
  expect(await openssl("verify", "-no_check_time", ...cas, broker.cert)).toMatchObject({ exitCode: 0 });
  // Years after the first one's end all is as it should be.
  const late = await start(dir, { now: daysFromNow(1826 + 700) });
  expect(late.notices.filter((notice) => notice.includes("CA"))).toEqual([]);
});

test("one whose root is kept elsewhere is announced, because it ends what it issued", async () => {
  const dir = join(await temporaryFolder(), "pki");
  await start(dir);
  await rm(join(dir, "root"), { recursive: true });
  const { notices } = await start(dir, { now: daysFromNow(1826 - 100) });
  expect(notices).toContainEqual(expect.stringMatching(/CA for devices ends on .* smp ca renew device/));
});

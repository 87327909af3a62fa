import { X509Certificate } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ensureDevelopmentPki } from "../src/development.ts";
import { revokeDevice } from "../src/revoke.ts";
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
  await revokeDevice({ dir, id: "simulated-kaifa" });
  await expect(start(dir)).rejects.toMatchObject({ code: "revoked" });
});

import { createPrivateKey, X509Certificate } from "node:crypto";
import { chmod, cp, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { initCa } from "../../src/authority/authority.ts";
import { addConsumer, addDevice, addService, isHostname } from "../../src/leaf/issue.ts";
import { pkiPaths } from "../../src/folder/paths.ts";
import { LEAF_DAYS_MAX } from "../../src/profile.ts";
import { readRegistry, stateOf } from "../../src/folder/registry.ts";
import { listCertificates, revoke } from "../../src/leaf/revoke.ts";
import { daysFromNow, openssl, temporaryFolder, temporaryPki } from "../pki-folder.ts";

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);
const serialOf = async (path: string): Promise<string> =>
  new X509Certificate(await readFile(path)).serialNumber;
const registryLines = async (dir: string): Promise<Record<string, string>[]> =>
  (await readFile(pkiPaths(dir).registry, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, string>);

const CA_PARTS = ["ca.crt", "crl", "index.jsonl", "issuing-device", "issuing-service", "root"];

describe("the CA", () => {
  test("is made once; the second call changes nothing", async () => {
    const dir = join(await temporaryFolder(), "data", "pki");
    expect((await initCa({ dir })).status).toBe("created");
    const root = await readFile(join(dir, "root/ca.key"));
    expect((await initCa({ dir })).status).toBe("exists");
    expect(await readFile(join(dir, "root/ca.key"))).toEqual(root);
  });

  test("is one, though eight calls make it at once, and leaves nothing half made", async () => {
    const dir = join(await temporaryFolder(), "pki");
    const results = await Promise.all(Array.from({ length: 8 }, () => initCa({ dir })));
    expect(results.filter(({ status }) => status === "created")).toHaveLength(1);
    expect((await readdir(dir)).sort()).toEqual(CA_PARTS);
  });

  test("is made in an empty folder that is there, which may be a mount point, and becomes private", async () => {
    const dir = await temporaryFolder();
    await chmod(dir, 0o755);
    const { ino } = await stat(dir);
    expect((await initCa({ dir })).status).toBe("created");
    expect([await modeOf(dir), (await stat(dir)).ino]).toEqual(["700", ino]);
  });

  test("is not made in a folder that holds something else", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "notes.txt"), "mine");
    await expect(initCa({ dir: folder })).rejects.toMatchObject({ code: "ca-incomplete" });
    expect(await readdir(folder)).toEqual(["notes.txt"]);
  });

  test("that lost its ca.crt is not made anew: its keys would be gone", async () => {
    const dir = await temporaryPki();
    await addDevice({ dir, id: "m1" });
    const key = await readFile(join(dir, "root/ca.key"));
    await rm(join(dir, "ca.crt"));
    await mkdir(join(dir, ".staged-ca"));
    await expect(initCa({ dir })).rejects.toMatchObject({ code: "ca-incomplete" });
    expect(await readFile(join(dir, "root/ca.key"))).toEqual(key);
  });

  test.each([0, 1, 3, 6])("killed with %d parts in place is made anew", async (count) => {
    const dir = await temporaryPki();
    const staged = join(dir, ".staged-ca");
    await mkdir(staged);
    for (const part of ["root", "issuing-device", "issuing-service", "crl", "index.jsonl", "ca.crt"].slice(
      count,
    ))
      await rename(join(dir, part), join(staged, part));
    expect((await initCa({ dir })).status).toBe(count === 6 ? "exists" : "created");
    expect((await addDevice({ dir, id: "m1" })).status).toBe("issued");
    const names = (await readdir(dir)).filter((name) => name !== ".staged-ca");
    expect(names.sort()).toEqual([...CA_PARTS, "devices"].sort());
  });

  test("issues while the root's folder is kept offline", async () => {
    const dir = await temporaryPki();
    await rename(join(dir, "root"), join(dir, "..", "memory-stick"));
    const { files } = await addDevice({ dir, id: "m1" });
    expect(
      (await openssl("verify", "-x509_strict", "-CAfile", files.ca, "-untrusted", files.cert, files.cert))
        .exitCode,
    ).toBe(0);
  });

  test("with a passphrase encrypts its keys, and opens them with nothing else", async () => {
    const dir = await temporaryPki({ passphrase: "fünf Zähler" });
    const key = join(dir, "issuing-device/ca.key");
    expect((await openssl("asn1parse", "-in", key)).text).toMatch(
      /PBES2[^]*PBKDF2[^]*0927C0[^]*hmacWithSHA256[^]*aes-256-cbc/,
    );
    expect((await openssl("pkey", "-in", key, "-passin", "pass:fünf Zähler", "-noout")).exitCode).toBe(0);
    await expect(addDevice({ dir, id: "m1" })).rejects.toMatchObject({ code: "passphrase-missing" });
    await expect(addDevice({ dir, id: "m1", passphrase: "vier Zähler" })).rejects.toMatchObject({
      code: "passphrase-wrong",
    });
    expect((await addDevice({ dir, id: "m1", passphrase: "fünf Zähler" })).status).toBe("issued");
  });

  test("N28: does not sign with a key that others can read, or that is not its own", async () => {
    const dir = await temporaryPki();
    const key = join(dir, "issuing-device/ca.key");
    await chmod(key, 0o640);
    await expect(addDevice({ dir, id: "m1" })).rejects.toThrow(
      /can be read by others \(mode 640\): run chmod 600/,
    );
    await rm(key);
    await cp(join(dir, "issuing-service/ca.key"), key);
    await expect(addDevice({ dir, id: "m1" })).rejects.toMatchObject({ code: "key-mismatch" });
    expect(await readRegistry(pkiPaths(dir).registry)).toEqual([]);
  });
});

describe("a bundle", () => {
  test("keeps secrets to the owner, whatever the umask", async () => {
    const former = process.umask(0);
    try {
      const dir = await temporaryPki();
      const { files } = await addDevice({ dir, id: "m1" });
      const folders = [dir, "root", "issuing-device", "devices", "devices/m1"].map((name) =>
        join(dir, name === dir ? "" : name),
      );
      for (const folder of folders) expect([folder, await modeOf(folder)]).toEqual([folder, "700"]);
      for (const key of [
        files.key,
        join(dir, "root/ca.key"),
        join(dir, "issuing-device/ca.key"),
        join(dir, "issuing-service/ca.key"),
      ])
        expect([key, await modeOf(key)]).toEqual([key, "600"]);
      expect(await readFile(files.key, "utf8")).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    } finally {
      process.umask(former);
    }
  });

  test("N28: written over a key that all may read becomes private", async () => {
    const dir = await temporaryPki();
    const { files, folder } = pkiPaths(dir).bundle("device", "m1");
    await mkdir(folder, { recursive: true });
    await writeFile(files.key, "old", { mode: 0o644 });
    await addDevice({ dir, id: "m1" });
    expect(await modeOf(files.key)).toBe("600");
  });

  test("is issued once; the second call says that it exists", async () => {
    const dir = await temporaryPki();
    const first = await addDevice({ dir, id: "m1", days: LEAF_DAYS_MAX });
    const key = await readFile(first.files.key);
    const second = await addDevice({ dir, id: "m1" });
    expect([first.status, second.status]).toEqual(["issued", "exists"]);
    expect(second.certificate).toEqual(first.certificate);
    expect(await readFile(first.files.key)).toEqual(key);
    expect(await registryLines(dir)).toHaveLength(1);
  });

  test("by force is replaced, and the former certificate is revoked", async () => {
    const dir = await temporaryPki();
    const first = await addDevice({ dir, id: "m1" });
    const second = await addDevice({ dir, id: "m1", force: true });
    expect(second.status).toBe("replaced");
    expect(await serialOf(second.files.cert)).toBe(second.certificate.serial);
    const key = createPrivateKey(await readFile(second.files.key));
    expect(new X509Certificate(await readFile(second.files.cert)).checkPrivateKey(key)).toBe(true);
    expect((await registryLines(dir)).map(({ event, serial, reason }) => [event, serial, reason])).toEqual([
      ["issued", first.certificate.serial, undefined],
      ["revoked", first.certificate.serial, "superseded"],
      ["issued", second.certificate.serial, undefined],
    ]);
    expect(await listCertificates(dir, "device")).toEqual([second.certificate]);
    expect(await readdir(join(dir, "devices"))).toEqual(["m1"]);
  });

  test("of a revoked device is issued again by force only", async () => {
    const dir = await temporaryPki();
    await addDevice({ dir, id: "m1" });
    await revoke("device", { dir, id: "m1", reason: "stolen" });
    await expect(addDevice({ dir, id: "m1" })).rejects.toMatchObject({ code: "revoked" });
    expect((await addDevice({ dir, id: "m1", force: true })).status).toBe("issued");
  });

  test("that has expired is issued again without force", async () => {
    const dir = await temporaryPki({ now: daysFromNow(-60) });
    const old = await addDevice({ dir, id: "m1", days: 30, now: daysFromNow(-40) });
    expect(stateOf(old.certificate, new Date())).toBe("expired");
    const expired = await openssl(
      "verify",
      "-CAfile",
      old.files.ca,
      "-untrusted",
      old.files.cert,
      old.files.cert,
    );
    expect(expired.text).toContain("certificate has expired");
    const renewed = await addDevice({ dir, id: "m1" });
    expect(renewed.status).toBe("issued");
    expect(stateOf(renewed.certificate, new Date())).toBe("active");
  });

  test("of a device says nothing of a consumer and a service of the same name", async () => {
    const dir = await temporaryPki();
    const issued = [
      await addDevice({ dir, id: "m1" }),
      await addConsumer({ dir, id: "m1", meters: ["cellar"] }),
      await addService({ dir, id: "m1", hostnames: ["localhost"] }),
      await addDevice({ dir, id: "m1", force: true }),
    ];
    expect(issued.map(({ status }) => status)).toEqual(["issued", "issued", "issued", "replaced"]);
    expect(issued[3]?.certificate.meters).toBeUndefined();
    await revoke("device", { dir, id: "m1" });
    for (const role of ["consumer", "service"] as const)
      expect((await listCertificates(dir, role)).map((one) => stateOf(one, new Date()))).toEqual(["active"]);
  });

  test("of a consumer carries the meters that it may see", async () => {
    const dir = await temporaryPki();
    await addConsumer({ dir, id: "tap", meters: ["kitchen", "kitchen.1KFM0200123456"] });
    const [entry] = await readRegistry(pkiPaths(dir).registry);
    expect(entry).toMatchObject({
      role: "consumer",
      id: "tap",
      meters: ["kitchen", "kitchen.1KFM0200123456"],
    });
    await expect(addConsumer({ dir, id: "tap2", meters: ["#"] })).rejects.toMatchObject({ code: "config" });
  });

  test("that replaces a consumer's does not widen its rights, unless it is told to", async () => {
    const dir = await temporaryPki();
    const metersAfter = async (options: { meters?: string[] | "all" }): Promise<unknown> =>
      (await addConsumer({ dir, id: "neighbour", force: true, ...options })).certificate.meters;
    expect(await metersAfter({ meters: ["cellar"] })).toEqual(["cellar"]);
    expect(await metersAfter({})).toEqual(["cellar"]);
    await revoke("consumer", { dir, id: "neighbour" });
    expect(await metersAfter({})).toEqual(["cellar"]);
    expect(await metersAfter({ meters: ["attic"] })).toEqual(["attic"]);
    expect(await metersAfter({})).toEqual(["attic"]);
    expect(await metersAfter({ meters: "all" })).toBeUndefined();
  });

  test.each([
    "../../x",
    "",
    "M1",
    "a/b",
    "a.b",
    "-a",
    "a".repeat(41),
    "a\nb",
    "a\0",
    "..",
    "ä",
    "#",
    "__proto__",
    "x-kitchen",
  ])("N28: is refused for the id %j, and nothing is written", async (id) => {
    const dir = await temporaryPki();
    await expect(addDevice({ dir, id })).rejects.toMatchObject({ code: "config" });
    await expect(addService({ dir, id, hostnames: ["localhost"] })).rejects.toMatchObject({ code: "config" });
    expect(await readRegistry(pkiPaths(dir).registry)).toEqual([]);
    expect(await readdir(dir)).not.toContain("devices");
  });

  test.each([0, -1, 398, Number.NaN, Number.POSITIVE_INFINITY])(
    "is refused for a life of %d days",
    async (days) => {
      await expect(addDevice({ dir: await temporaryPki(), id: "m1", days })).rejects.toMatchObject({
        code: "config",
      });
    },
  );

  test("of a service needs names that a certificate can carry", async () => {
    const dir = await temporaryPki();
    for (const hostnames of [[], ["a b"], ["a,DNS:b"], ["1.2.3"], ["-a"], ["a..b"]])
      await expect(addService({ dir, id: "broker", hostnames })).rejects.toMatchObject({ code: "config" });
    for (const name of ["localhost", "*.example.org", "my_broker", "10.0.0.1", "::1", "a-b.c"])
      expect(isHostname(name)).toBe(true);
    expect(isHostname("a".repeat(64))).toBe(false);
  });
});

describe("after a kill in the middle of issuing", () => {
  test("a bundle that the registry does not know is thrown away", async () => {
    const dir = await temporaryPki();
    const { staged } = pkiPaths(dir).bundle("device", "m1");
    const other = await temporaryPki();
    await addDevice({ dir: other, id: "m1" });
    await mkdir(join(dir, "devices"));
    await cp(join(other, "devices/m1"), staged, { recursive: true });
    const { status, certificate, files } = await addDevice({ dir, id: "m1" });
    expect(status).toBe("issued");
    expect(await serialOf(files.cert)).toBe(certificate.serial);
    expect(await readdir(join(dir, "devices"))).toEqual(["m1"]);
  });

  test("a bundle that was not written to its end is thrown away", async () => {
    const dir = await temporaryPki();
    const { staged } = pkiPaths(dir).bundle("device", "m1");
    await mkdir(staged, { recursive: true });
    await writeFile(join(staged, "client.crt"), "");
    expect((await addDevice({ dir, id: "m1" })).status).toBe("issued");
  });

  test("a bundle whose certificate was revoked meanwhile is thrown away", async () => {
    const dir = await temporaryPki();
    const { files } = await addDevice({ dir, id: "m1" });
    await rename(join(dir, "devices/m1"), pkiPaths(dir).bundle("device", "m1").staged);
    await revoke("device", { dir, id: "m1" });
    await expect(addDevice({ dir, id: "m1" })).rejects.toMatchObject({ code: "revoked" });
    await expect(readFile(files.cert)).rejects.toThrow("ENOENT");
    expect(await readdir(join(dir, "devices"))).toEqual([]);
  });

  test.each([0, 1, 2])(
    "a bundle that the registry knows is put in place, of which %d files are there",
    async (count) => {
      const dir = await temporaryPki();
      const { certificate, files } = await addDevice({ dir, id: "m1" });
      const { staged } = pkiPaths(dir).bundle("device", "m1");
      await mkdir(staged);
      for (const name of ["ca.crt", "client.key", "client.crt"].slice(count))
        await rename(join(dir, "devices/m1", name), join(staged, name));
      expect((await addDevice({ dir, id: "m1" })).status).toBe("exists");
      const x509 = new X509Certificate(await readFile(files.cert));
      expect(x509.serialNumber).toBe(certificate.serial);
      expect(x509.checkPrivateKey(createPrivateKey(await readFile(files.key)))).toBe(true);
      expect(await readdir(join(dir, "devices"))).toEqual(["m1"]);
    },
  );

  test("a bundle whose key cannot be put in place is put there whole when it can, with the key it was made with", async () => {
    const dir = await temporaryPki();
    const { files } = pkiPaths(dir).bundle("device", "m1");
    await mkdir(files.key, { recursive: true });
    await expect(addDevice({ dir, id: "m1" })).rejects.toThrow(/EISDIR/);
    await rm(files.key, { recursive: true });
    expect((await addDevice({ dir, id: "m1" })).status).toBe("exists");
    const x509 = new X509Certificate(await readFile(files.cert));
    expect(x509.checkPrivateKey(createPrivateKey(await readFile(files.key)))).toBe(true);
  });

  test("a folder that a container has mounted stays the same folder when its files are replaced", async () => {
    const dir = await temporaryPki();
    const { certificate } = await addService({ dir, id: "broker", hostnames: ["localhost"] });
    const { ino } = await stat(join(dir, "services/broker"));
    const { files } = await addService({ dir, id: "broker", hostnames: ["localhost"], force: true });
    expect((await stat(join(dir, "services/broker"))).ino).toBe(ino);
    expect(await serialOf(files.cert)).not.toBe(certificate.serial);
  });

  test("a lock of a dead process is removed, one of a living process is waited for", async () => {
    const dir = await temporaryPki();
    const { lock } = pkiPaths(dir);
    const host = hostname();
    await symlink(`999999999 ${host} ${Date.now()}`, lock);
    expect((await addDevice({ dir, id: "m1" })).status).toBe("issued");
    await symlink(`1 ${host} ${Date.now()}`, lock);
    const waiting = addDevice({ dir, id: "m2" });
    const first = await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 200, "waits"))]);
    expect(first).toBe("waits");
    await rm(lock);
    expect((await waiting).status).toBe("issued");
    expect(await readdir(dir)).not.toContain("index.lock");
  });
});

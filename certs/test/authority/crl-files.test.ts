import { cp, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { renewCa } from "../../src/authority/renewal.ts";
import { initCa, readAuthority } from "../../src/authority/authority.ts";
import { exportCrls, readCrl } from "../../src/authority/crl-files.ts";
import { addConsumer, addDevice } from "../../src/leaf/issue.ts";
import { withLock } from "../../src/folder/lock.ts";
import { pkiPaths } from "../../src/folder/paths.ts";
import { appendEvents, readRegistry, revocationOf } from "../../src/folder/registry.ts";
import { revoke } from "../../src/leaf/revoke.ts";
import { describeCa } from "../../src/commands/show.ts";
import { readOne, readParts } from "../../src/x509/tlv.ts";
import { startServer } from "../est/est-client.ts";
import { daysFromNow, openssl, temporaryFolder, temporaryPki } from "../pki-folder.ts";

const ISSUING = ["issuing-device", "issuing-service"] as const;

/** By openssl's strict rules, with a list for every certificate in the chain. */
const verify = (dir: string, cert: string): ReturnType<typeof openssl> =>
  openssl(
    "verify",
    "-x509_strict",
    "-crl_check_all",
    "-CAfile",
    pkiPaths(dir).ca,
    "-CRLfile",
    join(pkiPaths(dir).crls, "all.crl"),
    "-untrusted",
    cert,
    cert,
  );

describe("revocation lists", () => {
  test("let openssl tell who is revoked, device and consumer", async () => {
    const dir = await temporaryPki();
    const [kept, lost] = [await addDevice({ dir, id: "kept" }), await addDevice({ dir, id: "lost" })];
    const tap = await addConsumer({ dir, id: "tap" });
    await revoke("device", { dir, id: "lost", reason: "stolen" });
    await revoke("consumer", { dir, id: "tap" });
    const lists = await exportCrls({ dir, authorities: ISSUING });
    expect(lists.map(({ authority, number, revoked }) => [authority, number, revoked])).toEqual([
      ["issuing-device", 1, 1],
      ["issuing-service", 1, 1],
    ]);
    expect(await verify(dir, kept.files.cert)).toMatchObject({ exitCode: 0 });
    for (const { files } of [lost, tap])
      expect((await verify(dir, files.cert)).text).toContain("certificate revoked");
  });

  test("hold what was revoked while they waited for the lock", async () => {
    const dir = await temporaryPki();
    await addDevice({ dir, id: "lost" });
    const { lock, registry } = pkiPaths(dir);
    const waiting = await withLock(lock, async () => {
      const exporting = exportCrls({ dir, authorities: ["issuing-device"] });
      // It has come as far as the lock when it looks for it a second time; however far it is, the list must be whole.
      await new Promise((resolve) => setTimeout(resolve, 50));
      const [certificate] = await readRegistry(registry);
      await appendEvents(registry, [revocationOf(certificate!, new Date(), "stolen")]);
      return { exporting };
    });
    expect((await waiting.exporting)[0]?.revoked).toBe(1);
  });

  test("are read whatever their size: a fleet's renewals revoke thousands, and each list's number is higher", async () => {
    const dir = await temporaryPki();
    await addDevice({ dir, id: "one" });
    const { registry } = pkiPaths(dir);
    const [certificate] = await readRegistry(registry);
    const serials = Array.from({ length: 2_000 }, (_, index) => `40${String(index).padStart(30, "0")}`);
    await appendEvents(
      registry,
      serials.flatMap((serial) => {
        const revocation = revocationOf({ ...certificate!, serial }, new Date());
        return [{ ...revocation, event: "issued" as const }, revocation];
      }),
    );
    const numbers = [];
    for (let list = 0; list < 2; list++)
      numbers.push((await exportCrls({ dir, authorities: ["issuing-device"] }))[0]?.number);
    expect(numbers).toEqual([1, 2]);
    expect((await describeCa(dir)).authorities[1]?.crlUntil).toBeDefined();
  });

  test("are written anew when the clock of the enrolment server is set, or set back, after its start", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    let now = daysFromNow(-14);
    const { dir } = await startServer({ dir: await temporaryPki({ now }), now: () => now });
    const end = async (): Promise<number> =>
      (await readCrl(join(pkiPaths(dir).crls, "issuing-device.crl")))?.nextUpdate.getTime() ?? 0;
    await expect.poll(end).toBeGreaterThan(now.getTime());
    expect(await end()).toBeLessThan(Date.now());
    now = new Date();
    vi.advanceTimersByTime(60_000);
    await expect.poll(end).toBeGreaterThan(Date.now());
    const ahead = await end();
    now = daysFromNow(-2);
    vi.advanceTimersByTime(60_000);
    await expect.poll(end).toBeLessThan(ahead);
  });

  test("are of version 2, signed, and carry a number, the key's identifier and the reason", async () => {
    const dir = await temporaryPki();
    const { certificate } = await addDevice({ dir, id: "m1" });
    await addDevice({ dir, id: "m1", force: true });
    const [list] = await exportCrls({ dir, authorities: ["issuing-device"] });
    const { cert } = pkiPaths(dir).authority("issuing-device");
    const shown = await openssl("crl", "-in", list!.file, "-noout", "-text", "-CAfile", cert);
    expect(shown.text).toContain("verify OK");
    expect(shown.text).toMatch(/Version 2 \(0x1\)/);
    expect(shown.text).toMatch(/X509v3 CRL Number: \s+1\n/);
    expect(shown.text).toContain("X509v3 Authority Key Identifier");
    expect(shown.text).toContain(`Serial Number: ${certificate.serial}`);
    expect(shown.text).toMatch(/X509v3 CRL Reason Code: \s+Superseded/);
  });

  test("are numbered on, and count for seven days; the root's for 400", async () => {
    const dir = await temporaryPki({ now: daysFromNow(-1) });
    for (const number of [1, 2, 3]) {
      const [list] = await exportCrls({ dir, authorities: ["issuing-device"] });
      expect(list?.number).toBe(number);
    }
    const { crls } = pkiPaths(dir);
    const device = await readCrl(join(crls, "issuing-device.crl"));
    expect(device?.number).toBe(3);
    const daysLeft = (list: typeof device): number =>
      Math.round((list!.nextUpdate.getTime() - Date.now()) / 86_400_000);
    expect(daysLeft(device)).toBe(7);
    // The root's and the devices', once each, however often they were made.
    expect((await readFile(join(crls, "all.crl"), "utf8")).match(/BEGIN/g)).toHaveLength(2);
    expect(await readCrl(join(crls, "root.crl"))).toMatchObject({ number: 1 });
    await exportCrls({ dir, authorities: ["root"] });
    const root = await readCrl(join(crls, "root.crl"));
    expect([root?.number, daysLeft(root)]).toEqual([2, 400]);
    await exportCrls({ dir, authorities: ["issuing-device"], now: new Date("2049-12-28T00:00:00Z") });
    expect(await readCrl(join(crls, "issuing-device.crl"))).toMatchObject({
      nextUpdate: new Date("2050-01-04T00:00:00Z"),
    });
    expect(await readCrl(join(crls, "none.crl"))).toBeUndefined();
  });

  test("without anybody revoked leave the list away, as RFC 5280 wants", async () => {
    const dir = await temporaryPki();
    const { files } = await addDevice({ dir, id: "m1" });
    const [list] = await exportCrls({ dir, authorities: ["issuing-device"] });
    expect((await openssl("crl", "-in", list!.file, "-noout", "-text")).text).toContain(
      "No Revoked Certificates",
    );
    const pem = await readFile(list!.file, "utf8");
    const [signed] = readParts(
      readOne(Buffer.from(pem.replaceAll(/-----[A-Z0-9 ]+-----/g, ""), "base64")),
      0x30,
    );
    // Version, algorithm, issuer, two times and extensions.
    expect(readParts(signed, 0x30)).toHaveLength(6);
    await exportCrls({ dir, authorities: ["issuing-service"] });
    expect(await verify(dir, files.cert)).toMatchObject({ exitCode: 0 });
  });

  test("leave out what has expired anyway", async () => {
    const dir = await temporaryPki({ now: daysFromNow(-40) });
    await addDevice({ dir, id: "old", days: 1, now: daysFromNow(-30) });
    await revoke("device", { dir, id: "old" });
    const [list] = await exportCrls({ dir, authorities: ["issuing-device"] });
    expect(list?.revoked).toBe(0);
  });

  test("that end soon are announced, and so is a CA that does", async () => {
    const dir = await temporaryPki({ now: daysFromNow(-380) });
    await exportCrls({ dir, authorities: ["issuing-device"], now: daysFromNow(-6) });
    const { warnings, authorities } = await describeCa(dir);
    expect(authorities.map(({ crlUntil }) => crlUntil !== undefined)).toEqual([true, true, false]);
    expect(warnings).toEqual([
      expect.stringMatching(/^The list of root counts until .*: run smp ca export-crl --offline DIR\.$/),
      expect.stringMatching(/^The list of issuing-device counts until .*: run smp ca export-crl\.$/),
    ]);
    expect((await describeCa(dir, daysFromNow(1_826 - 380 - 300))).warnings).toContainEqual(
      expect.stringMatching(/^issuing-device ends on .*: run smp ca renew device with the root\.$/),
    );
  });
});

describe("an offline root", () => {
  test("is on the stick alone; devices are issued without it, a new CA and its list need it", async () => {
    const folder = await temporaryFolder();
    const [dir, stick] = [join(folder, "pki"), join(folder, "stick/root")];
    await initCa({ dir, offline: stick, passphrase: "correct horse" });
    const view = await describeCa(dir);
    expect(view.authorities.map(({ key }) => key)).toEqual(["absent", "encrypted", "encrypted"]);
    expect(await readFile(join(stick, "ca.key"), "utf8")).toContain("ENCRYPTED PRIVATE KEY");
    const passphrase = "correct horse";
    await rename(stick, join(folder, "safe"));
    const { files } = await addDevice({ dir, id: "m1", passphrase });
    await expect(renewCa({ dir, authority: "issuing-device", passphrase })).rejects.toMatchObject({
      code: "key-missing",
    });
    await expect(exportCrls({ dir, authorities: ["root"], passphrase })).rejects.toMatchObject({
      code: "key-missing",
    });
    const offline = join(folder, "safe");
    await renewCa({ dir, authority: "issuing-device", passphrase, offline });
    await exportCrls({ dir, authorities: ["root", ...ISSUING], passphrase, offline });
    const { files: next } = await addDevice({ dir, id: "m2", passphrase });
    for (const { cert } of [files, next]) expect(await verify(dir, cert)).toMatchObject({ exitCode: 0 });
  });

  test("is not put inside of the folder that is copied, nor beside other things", async () => {
    const folder = await temporaryFolder();
    const dir = join(folder, "pki");
    await expect(initCa({ dir, offline: join(dir, "stick") })).rejects.toThrow(/is inside of/);
    const other = await temporaryPki();
    await expect(initCa({ dir, offline: other })).rejects.toThrow(/is not empty: name a new folder/);
  });
});

describe("a new issuing CA", () => {
  test("takes the place of the former, whose certificates go on to count and can still be revoked", async () => {
    const dir = await temporaryPki();
    const [kept, lost] = [await addDevice({ dir, id: "kept" }), await addDevice({ dir, id: "lost" })];
    await renewCa({ dir, authority: "issuing-device" });
    const next = await addDevice({ dir, id: "next" });
    await revoke("device", { dir, id: "lost" });
    await revoke("device", { dir, id: "next" });
    const lists = await exportCrls({ dir, authorities: ISSUING });
    expect(lists).toHaveLength(3);
    expect(await verify(dir, kept.files.cert)).toMatchObject({ exitCode: 0 });
    for (const { files } of [lost, next])
      expect((await verify(dir, files.cert)).text).toContain("certificate revoked");
    await renewCa({ dir, authority: "issuing-device" });
    expect(await exportCrls({ dir, authorities: ISSUING })).toHaveLength(4);
    // The former ones have ended then.
    expect(await exportCrls({ dir, authorities: ISSUING, now: daysFromNow(1_827) })).toHaveLength(2);
  });

  test("ends with the root at the latest", async () => {
    const dir = await temporaryPki({ now: daysFromNow(-7_000) });
    const { validTo } = await renewCa({ dir, authority: "issuing-device" });
    expect(Date.parse(validTo)).toBe(Date.parse((await readAuthority(pkiPaths(dir), "root")).validTo));
  });

  test("keeps its key as private as the former was", async () => {
    const dir = await temporaryPki({ passphrase: "correct horse" });
    await renewCa({ dir, authority: "issuing-service", passphrase: async () => "correct horse" });
    const { key } = pkiPaths(dir).authority("issuing-service");
    expect(await readFile(key, "utf8")).toContain("ENCRYPTED PRIVATE KEY");
    await expect(addConsumer({ dir, id: "tap" })).rejects.toMatchObject({ code: "passphrase-missing" });
    expect((await addConsumer({ dir, id: "tap", passphrase: "correct horse" })).status).toBe("issued");
  });

  test.each(["before", "after"])("killed %s the swap is made by the next call", async (when) => {
    const dir = await temporaryPki();
    const { folder } = pkiPaths(dir).authority("issuing-device");
    const [staged, old] = [join(dir, ".staged-issuing-device"), join(dir, ".old-issuing-device")];
    await mkdir(staged);
    await writeFile(join(staged, "ca.key"), "of the killed one");
    if (when === "before") await rename(folder, old);
    else await cp(folder, old, { recursive: true });
    // Its keys are not encrypted: nobody is asked for a passphrase.
    const passphrase = (): Promise<never> => Promise.reject(new Error("asked for a passphrase"));
    await renewCa({ dir, authority: "issuing-device", passphrase });
    expect((await addDevice({ dir, id: "m2" })).status).toBe("issued");
    expect((await readdir(dir)).filter((name) => name.startsWith("."))).toEqual([]);
  });
});

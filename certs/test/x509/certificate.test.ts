import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { initCa, openAuthority } from "../../src/authority/authority.ts";
import { createCertificate } from "../../src/x509/certificate.ts";
import { addConsumer, addDevice, addService } from "../../src/leaf/issue.ts";
import { pkiPaths } from "../../src/folder/paths.ts";
import { validity } from "../../src/x509/validity.ts";
import { openssl, temporaryFolder, temporaryPki } from "../pki-folder.ts";

const asText = async (file: string): Promise<string> =>
  (await openssl("x509", "-in", file, "-noout", "-text")).text;
const read = async (file: string): Promise<X509Certificate> => new X509Certificate(await readFile(file));
const lifeDays = (x509: X509Certificate): number =>
  (Date.parse(x509.validTo) - Date.parse(x509.validFrom)) / 86_400_000;
const HOUR_IN_DAYS = 1 / 24;

const verify = (purpose: string, ca: string, cert: string): ReturnType<typeof openssl> =>
  openssl("verify", "-x509_strict", "-purpose", purpose, "-CAfile", ca, "-untrusted", cert, cert);

describe("openssl accepts, by its strict rules,", () => {
  test("a device and a consumer as clients, and a service as a server", async () => {
    const dir = await temporaryPki();
    const device = (await addDevice({ dir, id: "m1" })).files;
    const consumer = (await addConsumer({ dir, id: "tap" })).files;
    const service = (await addService({ dir, id: "broker", hostnames: ["localhost", "::1"] })).files;
    expect(await verify("sslclient", device.ca, device.cert)).toMatchObject({ exitCode: 0 });
    expect(await verify("sslclient", consumer.ca, consumer.cert)).toMatchObject({ exitCode: 0 });
    expect(await verify("sslserver", service.ca, service.cert)).toMatchObject({ exitCode: 0 });
    expect((await verify("sslserver", device.ca, device.cert)).exitCode).not.toBe(0);
    expect((await verify("sslclient", service.ca, service.cert)).exitCode).not.toBe(0);
  });

  test("N05: no certificate of another CA with the same names", async () => {
    const ours = await temporaryPki();
    const foreign = await temporaryPki();
    const { files } = await addDevice({ dir: foreign, id: "m1" });
    const { exitCode, text } = await verify("sslclient", pkiPaths(ours).ca, files.cert);
    expect(exitCode).not.toBe(0);
    expect(text).toMatch(/certificate signature failure|unable to get (local )?issuer|self-signed/);
  });

  test("no certificate with one bit changed", async () => {
    const dir = await temporaryPki();
    const { files } = await addDevice({ dir, id: "m1" });
    const changed = Buffer.from((await read(files.cert)).raw);
    const name = changed.indexOf("urn:smp:device:m1") + "urn:smp:device:m".length;
    changed[name] = changed[name]! ^ 0x03; // m1 → m2
    const file = join(dir, "changed.crt");
    await writeFile(
      file,
      `-----BEGIN CERTIFICATE-----\n${changed.toString("base64").replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`,
    );
    expect(await asText(file)).toContain("URI:urn:smp:device:m2");
    const result = await openssl("verify", "-CAfile", files.ca, "-untrusted", files.cert, file);
    expect(result.text).toContain("certificate signature failure");
  });

  test("N07, N08: no certificate signed by a device, and no CA below an issuing CA", async () => {
    const dir = await temporaryPki();
    const { files } = await addDevice({ dir, id: "m1" });
    const key = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    const subject = { commonName: "m2", publicKey: key.publicKey, ...validity(new Date(), 1) };
    const leaf = {
      kind: "leaf",
      extendedKeyUsage: "clientAuth",
      names: { uri: "urn:smp:device:m2", dns: [], ip: [] },
    } as const;
    const chainFile = async (name: string, ...pems: string[]): Promise<string> => {
      await writeFile(join(dir, name), pems.join(""));
      return join(dir, name);
    };

    const device = {
      privateKey: createPrivateKey(await readFile(files.key)),
      certificate: await read(files.cert),
    };
    const byDevice = await chainFile(
      "by-device.crt",
      createCertificate(subject, leaf, device),
      await readFile(files.cert, "utf8"),
    );
    expect((await verify("sslclient", files.ca, byDevice)).text).toMatch(
      /invalid CA certificate|key usage does not include certificate signing/,
    );

    const issuing = await openAuthority(pkiPaths(dir), "issuing-device", undefined);
    const subCa = createCertificate(
      { ...subject, commonName: "Sub" },
      { kind: "authority", pathLength: 0 },
      issuing,
    );
    const below = createCertificate(subject, leaf, {
      privateKey: key.privateKey,
      certificate: new X509Certificate(subCa),
    });
    const bySubCa = await chainFile("by-sub-ca.crt", below, subCa, issuing.certificate.toString());
    expect((await verify("sslclient", files.ca, bySubCa)).text).toContain("path length constraint exceeded");
  });
});

describe("the profile", () => {
  test("of the three CAs", async () => {
    const paths = pkiPaths(await temporaryPki());
    const expected = {
      root: ["pathlen:1", 7305],
      "issuing-device": ["pathlen:0", 1826],
      "issuing-service": ["pathlen:0", 1826],
    } as const;
    for (const [authority, [pathLength, days]] of Object.entries(expected)) {
      const { cert } = paths.authority(authority as keyof typeof expected);
      const text = await asText(cert);
      expect(text).toMatch(new RegExp(`Basic Constraints: critical\\s+CA:TRUE, ${pathLength}\\n`));
      expect(text).toMatch(/Key Usage: critical\s+Certificate Sign, CRL Sign\n/);
      expect(text).toContain("NIST CURVE: P-256");
      expect(text).toContain("X509v3 Subject Key Identifier");
      expect(text).not.toContain("Extended Key Usage");
      expect(lifeDays(await read(cert))).toBeCloseTo(days + HOUR_IN_DAYS, 3);
    }
    expect(await readFile(paths.ca)).toEqual(await readFile(paths.authority("root").cert));
  });

  test("of a device, a consumer and a service", async () => {
    const dir = await temporaryPki();
    const device = (await addDevice({ dir, id: "kitchen-1" })).files;
    const consumer = (await addConsumer({ dir, id: "tap", days: 30 })).files;
    const service = (
      await addService({ dir, id: "broker", hostnames: ["localhost", "my_broker", "192.168.1.2", "fd00::7"] })
    ).files;
    const names =
      "URI:urn:smp:service:broker, DNS:localhost, DNS:my_broker, IP Address:192.168.1.2, IP Address:FD00:0:0:0:0:0:0:7";
    for (const [files, id, usage, san, days] of [
      [device, "kitchen-1", "Client", "URI:urn:smp:device:kitchen-1", 397],
      [consumer, "tap", "Client", "URI:urn:smp:consumer:tap", 30],
      [service, "broker", "Server", names, 90],
    ] as const) {
      const text = await asText(files.cert);
      expect(text).toContain(`Subject: CN = ${id}\n`);
      expect(text).toMatch(/Basic Constraints: critical\s+CA:FALSE\n/);
      expect(text).toMatch(/Key Usage: critical\s+Digital Signature\n/);
      expect(text).toMatch(new RegExp(`Extended Key Usage: \\s+TLS Web ${usage} Authentication\n`));
      expect(text).toMatch(new RegExp(`Subject Alternative Name: \\s+${san}\n`));
      expect(text).toContain("X509v3 Authority Key Identifier");
      const x509 = await read(files.cert);
      expect(lifeDays(x509)).toBeCloseTo(days + HOUR_IN_DAYS, 3);
      expect(Date.now() - Date.parse(x509.validFrom)).toBeGreaterThanOrEqual(3_600_000);
      expect(x509.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
    }
  });

  test("of what lives one hour begins half an hour ago, not a whole one", () => {
    const now = new Date("2027-01-01T12:00:00Z");
    expect(validity(now, HOUR_IN_DAYS)).toEqual({
      notBefore: new Date("2027-01-01T11:30:00Z"),
      notAfter: new Date("2027-01-01T13:00:00Z"),
    });
  });

  test("the algorithm has no parameters, as RFC 5758 wants", async () => {
    const { raw } = await read(pkiPaths(await temporaryPki()).ca);
    const absent = Buffer.from("300a06082a8648ce3d040302", "hex");
    expect(raw.indexOf(absent)).toBeGreaterThan(0);
    expect(raw.lastIndexOf(absent)).toBeGreaterThan(raw.indexOf(absent));
  });

  test("dates from 2050 on are written in full", async () => {
    const dir = join(await temporaryFolder(), "pki");
    await initCa({ dir, now: new Date("2045-06-01T00:00:00Z") });
    expect((await read(pkiPaths(dir).ca)).validTo).toBe("Jun  1 00:00:00 2065 GMT");
    expect((await openssl("asn1parse", "-in", pkiPaths(dir).ca)).text).toMatch(
      /UTCTIME +:450531230000Z\n.*GENERALIZEDTIME +:20650601000000Z/,
    );
  });

  test("no leaf outlives its issuing CA", async () => {
    const dir = await temporaryPki({ now: new Date(Date.now() - 1800 * 86_400_000) });
    const { certificate } = await addDevice({ dir, id: "m1" });
    const issuing = await read(pkiPaths(dir).authority("issuing-device").cert);
    expect(Date.parse(certificate.notAfter)).toBe(Date.parse(issuing.validTo));
    await expect(addDevice({ dir, id: "m2", now: new Date(Date.now() + 30 * 86_400_000) })).rejects.toThrow(
      /the CA for devices expired on/,
    );
  });
});

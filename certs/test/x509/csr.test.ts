import { createPrivateKey, X509Certificate } from "node:crypto";
import { copyFile, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseRequest } from "../../src/x509/csr.ts";
import { addConsumer, addDevice } from "../../src/leaf/issue.ts";
import { pkiPaths } from "../../src/folder/paths.ts";
import { readRegistry } from "../../src/folder/registry.ts";
import { renewCertificate } from "../../src/leaf/renew.ts";
import { revoke } from "../../src/leaf/revoke.ts";
import { newKey, newRequest, openssl, temporaryFolder, temporaryPki } from "../pki-folder.ts";

const der = async (file: string): Promise<Buffer> =>
  Buffer.from((await readFile(file, "latin1")).replaceAll(/-----[A-Z ]+-----/g, ""), "base64");

describe("a request that openssl made", () => {
  test("is read as PEM, as base64 and as DER, with the names that it asks for", async () => {
    const { request } = await newRequest("kitchen", { san: "URI:urn:smp:device:kitchen,DNS:x.example" });
    const pem = await readFile(request);
    const bytes = await der(request);
    for (const form of [pem, bytes, Buffer.from(bytes.toString("base64"))]) {
      const { publicKey, commonNames, uris } = parseRequest(form);
      expect(publicKey.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
      expect({ commonNames, uris }).toEqual({ commonNames: ["kitchen"], uris: ["urn:smp:device:kitchen"] });
    }
  });

  test("may be signed with a longer hash", async () => {
    const { request } = await newRequest("kitchen", { digest: "-sha384" });
    expect(parseRequest(await readFile(request)).commonNames).toEqual(["kitchen"]);
  });

  test("gives a certificate for its key, and no key is written", async () => {
    const dir = await temporaryPki();
    const { request, key } = await newRequest("kitchen");
    const { status, files, hasKey } = await addDevice({
      dir,
      id: "kitchen",
      csr: await readFile(request, "utf8"),
    });
    expect([status, hasKey]).toEqual(["issued", false]);
    await expect(stat(files.key)).rejects.toThrow("ENOENT");
    const x509 = new X509Certificate(await readFile(files.cert));
    expect(x509.checkPrivateKey(createPrivateKey(await readFile(key)))).toBe(true);
    const verified = ["verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", files.ca];
    expect(await openssl(...verified, "-untrusted", files.cert, files.cert)).toMatchObject({ exitCode: 0 });
  });

  test("takes away a key that lies there from before, because it does not belong to the certificate", async () => {
    const dir = await temporaryPki();
    const { files } = await addDevice({ dir, id: "kitchen" });
    const { request } = await newRequest("kitchen");
    await addDevice({ dir, id: "kitchen", force: true, csr: await readFile(request, "utf8") });
    await expect(stat(files.key)).rejects.toThrow("ENOENT");
  });

  test("is needed for its renewal, too: else a key would be made where none may be", async () => {
    const dir = await temporaryPki();
    const { request, key } = await newRequest("kitchen");
    const csr = await readFile(request, "utf8");
    const { files } = await addDevice({ dir, id: "kitchen", csr });
    await expect(renewCertificate("device", { dir, id: "kitchen" })).rejects.toMatchObject({
      message: expect.stringContaining("--csr FILE") as string,
    });
    expect(await renewCertificate("device", { dir, id: "kitchen", csr })).toMatchObject({ hasKey: false });
    const x509 = new X509Certificate(await readFile(files.cert));
    expect(x509.checkPrivateKey(createPrivateKey(await readFile(key)))).toBe(true);
    // The same key, brought here, is the certificate's and stays.
    await copyFile(key, files.key);
    expect(await renewCertificate("device", { dir, id: "kitchen", csr })).toMatchObject({ hasKey: true });
  });

  test("whose key is another device's, or was revoked, is refused", async () => {
    const dir = await temporaryPki();
    const { request } = await newRequest("kitchen");
    const csr = await readFile(request, "utf8");
    await addDevice({ dir, id: "kitchen", csr });
    await expect(addDevice({ dir, id: "cellar", csr })).rejects.toMatchObject({
      code: "key-used",
      message: expect.stringContaining("already that of device kitchen") as string,
    });
    await expect(addConsumer({ dir, id: "kitchen", csr })).rejects.toMatchObject({ code: "key-used" });
    for (let round = 0; round < 2; round++)
      expect((await addDevice({ dir, id: "kitchen", csr, force: true })).status).toBe("replaced");
    await revoke("device", { dir, id: "kitchen", reason: "stolen" });
    await expect(addDevice({ dir, id: "kitchen", csr, force: true })).rejects.toMatchObject({
      code: "key-used",
    });
  });
});

test("N23: a request for other names, a CA and serverAuth gets the profile of a device and nothing else", async () => {
  const dir = await temporaryPki();
  const { request } = await newRequest("admin", {
    san: "URI:urn:smp:device:victim,DNS:localhost,email:root@example.org",
    extensions: ["basicConstraints=critical,CA:TRUE", "extendedKeyUsage=serverAuth", "keyUsage=keyCertSign"],
  });
  const { files } = await addDevice({ dir, id: "m7", csr: await readFile(request, "utf8") });
  const { text } = await openssl("x509", "-in", files.cert, "-noout", "-text");
  expect(text).toContain("Subject: CN = m7\n");
  expect(text).toMatch(/Subject Alternative Name: \s+URI:urn:smp:device:m7\n/);
  expect(text).toMatch(/Basic Constraints: critical\s+CA:FALSE\n/);
  expect(text).toMatch(/Key Usage: critical\s+Digital Signature\n/);
  expect(text).toMatch(/Extended Key Usage: \s+TLS Web Client Authentication\n/);
  expect(text).not.toMatch(/admin|victim|localhost|example\.org/);
});

describe("N24: a request with a bad signature is refused", () => {
  test("one byte of the name changed", async () => {
    const { request } = await newRequest("kitchen");
    const bytes = await der(request);
    bytes[bytes.indexOf("kitchen")] = 0x4b;
    expect(() => parseRequest(bytes)).toThrow(expect.objectContaining({ code: "csr-signature" }));
  });

  test("the key of somebody else put in", async () => {
    const [mine, other] = [
      await der((await newRequest("a")).request),
      await der((await newRequest("a")).request),
    ];
    const point = Buffer.from("03420004", "hex");
    other.copy(mine, mine.indexOf(point) + 4, other.indexOf(point) + 4, other.indexOf(point) + 68);
    expect(() => parseRequest(mine)).toThrow(expect.objectContaining({ code: "csr-signature" }));
  });

  test("any byte changed, anywhere: refused, and never another error", async () => {
    const bytes = await der((await newRequest("kitchen", { san: "URI:urn:smp:device:kitchen" })).request);
    for (const [at, byte] of bytes.entries())
      for (const change of [0x01, 0x80]) {
        const changed = Buffer.from(bytes);
        changed[at] = byte ^ change;
        expect(() => parseRequest(changed), `byte ${at}`).toThrow(
          expect.objectContaining({ code: expect.stringMatching(/^csr-/) as string }),
        );
      }
  });

  test("cut off anywhere, or with a part too many: refused", async () => {
    const bytes = await der((await newRequest("kitchen")).request);
    for (let length = 0; length < bytes.length; length++)
      expect(() => parseRequest(bytes.subarray(0, length))).toThrow(
        expect.objectContaining({ code: "csr-malformed" }),
      );
    const behind = Buffer.concat([bytes, Buffer.of(0x05, 0x00)]);
    const inside = Buffer.from(behind);
    // Its length stands in one byte behind 0x81.
    expect(bytes.readUInt16BE(0)).toBe(0x3081);
    inside.writeUInt8(bytes.readUInt8(2) + 2, 2);
    for (const longer of [behind, inside])
      expect(() => parseRequest(longer)).toThrow(expect.objectContaining({ code: "csr-malformed" }));
  });
});

describe("N25: a key that is not on P-256 by its name is refused", () => {
  test.each([
    ["RSA-1024", ["genrsa", "1024"]],
    ["P-192", ["ecparam", "-name", "prime192v1", "-genkey", "-noout"]],
    ["P-384", ["ecparam", "-name", "secp384r1", "-genkey", "-noout"]],
    ["SM2, whose key is as long", ["ecparam", "-name", "SM2", "-genkey", "-noout"]],
    ["secp256k1", ["ecparam", "-name", "secp256k1", "-genkey", "-noout"]],
    [
      "explicit parameters of P-256",
      ["ecparam", "-name", "prime256v1", "-param_enc", "explicit", "-genkey", "-noout"],
    ],
    ["Ed25519", ["genpkey", "-algorithm", "ed25519"]],
  ])("%s", async (_name, command) => {
    const dir = await temporaryPki();
    const key = await newKey(command);
    const { request } = await newRequest("kitchen", { key });
    await expect(
      addDevice({ dir, id: "kitchen", csr: await readFile(request, "utf8") }),
    ).rejects.toMatchObject({ code: "csr-key" });
    expect(await readRegistry(pkiPaths(dir).registry)).toEqual([]);
  });

  test.each([
    "",
    "no request",
    "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----",
  ])("%j is no request at all", (text) => {
    expect(() => parseRequest(Buffer.from(text))).toThrow(expect.objectContaining({ code: "csr-malformed" }));
  });

  test("a certificate is no request", async () => {
    const folder = await temporaryFolder();
    const dir = await temporaryPki();
    const { files } = await addDevice({ dir, id: "m1" });
    await writeFile(join(folder, "m1.crt"), await readFile(files.cert));
    expect(() => parseRequest(Buffer.alloc(9_000, 0x30))).toThrow(/at most 8192 bytes/);
    const pem = (await readFile(files.cert, "utf8")).split(/(?<=-----END CERTIFICATE-----\n)/)[0] ?? "";
    expect(() => parseRequest(Buffer.from(pem))).toThrow(expect.objectContaining({ code: "csr-malformed" }));
  });
});

import { createSign, generateKeyPairSync, randomBytes, X509Certificate, type KeyObject } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DAY_MS } from "@smp/schemas";

/* Just enough X.509 (RFC 5280) for tests: P-256, one CA, names in CN, any validity. */
const tlv = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const length =
    body.length < 128
      ? [body.length]
      : body.length < 256
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const sequence = (...parts: readonly Buffer[]): Buffer => tlv(0x30, ...parts);
const oid = (hex: string): Buffer => tlv(0x06, Buffer.from(hex, "hex"));
const ECDSA_SHA256 = sequence(oid("2a8648ce3d040302"));
const name = (cn: string): Buffer => sequence(tlv(0x31, sequence(oid("550403"), tlv(0x0c, Buffer.from(cn)))));
const time = (ms: number): Buffer =>
  tlv(0x18, Buffer.from(`${new Date(ms).toISOString().slice(0, 19).replace(/[-:T]/g, "")}Z`));
const extension = (id: string, value: Buffer): Buffer => sequence(oid(id), tlv(0x04, value));
const basicConstraints = (isCa: boolean): Buffer =>
  extension("551d13", isCa ? sequence(tlv(0x01, Buffer.from([255]))) : sequence());
const localhostNames = extension("551d11", sequence(tlv(0x82, Buffer.from("localhost"))));

export interface Issued {
  cert: string;
  key: string;
}
export interface TestCa {
  ca: string;
  issue(cn: string, validity?: { from?: number; to?: number }): Issued;
}

export function testCa(caName = "test CA"): TestCa {
  const ca = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const certificate = (cn: string, publicKey: KeyObject, isCa: boolean, from: number, to: number): string => {
    const serial = randomBytes(8);
    serial[0] = 0x40;
    const extensions = isCa ? [basicConstraints(true)] : [basicConstraints(false), localhostNames];
    const toBeSigned = sequence(
      tlv(0xa0, tlv(0x02, Buffer.from([2]))),
      tlv(0x02, serial),
      ECDSA_SHA256,
      name(caName),
      sequence(time(from), time(to)),
      name(cn),
      publicKey.export({ type: "spki", format: "der" }),
      tlv(0xa3, sequence(...extensions)),
    );
    const signature = createSign("sha256").update(toBeSigned).sign(ca.privateKey);
    return new X509Certificate(
      sequence(toBeSigned, ECDSA_SHA256, tlv(0x03, Buffer.from([0]), signature)),
    ).toString();
  };
  return {
    ca: certificate(caName, ca.publicKey, true, Date.now() - DAY_MS, Date.now() + 365 * DAY_MS),
    issue(cn, { from = Date.now() - DAY_MS, to = Date.now() + 90 * DAY_MS } = {}) {
      const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      return {
        cert: certificate(cn, publicKey, false, from, to),
        key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      };
    },
  };
}

/** The files that a device has. */
export async function writeBundle(directory: string, ca: string, { cert, key }: Issued): Promise<void> {
  await writeFile(join(directory, "ca.crt"), ca);
  await writeFile(join(directory, "client.crt"), cert);
  await writeFile(join(directory, "client.key"), key, { mode: 0o600 });
}

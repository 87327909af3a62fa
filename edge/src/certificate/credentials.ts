import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DEVICE_ID, PlatformError } from "@smp/schemas";
import { filesInUse } from "./files.ts";
import { readPrivateFile } from "../config/private-file.ts";

/** What mutual TLS needs, as the files that `smp device add` writes hold it. */
export interface Credentials {
  /** The device's name: the certificate's common name. */
  device: string;
  ca: Buffer;
  cert: Buffer;
  key: Buffer;
  /** Beginning and end of the certificate, Unix ms UTC. */
  validFrom: number;
  expires: number;
}

/** Reads `ca.crt`, `client.crt` and `client.key`. Called before every connection, so a renewed certificate needs no restart. */
export async function readCredentials(directory: string): Promise<Credentials> {
  const files = filesInUse(directory);
  const [ca, cert, key] = await Promise.all([
    readNamed(join(directory, "ca.crt")),
    readNamed(files.cert),
    readPrivateFile(files.key, "the device's private key"),
  ]);
  return { ca, cert, key, ...readLeaf(cert, files.cert) };
}

async function readNamed(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw new PlatformError(
      "certificate-missing",
      `${path} cannot be read: the folder must hold ca.crt, client.crt and client.key, as "smp device add NAME" makes them`,
      { cause: error },
    );
  });
}

function readLeaf(pem: Buffer, path: string): Pick<Credentials, "device" | "validFrom" | "expires"> {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem); // of several in the file the first, which is the device's own
  } catch (error) {
    throw new PlatformError("certificate-unreadable", `${path} is no certificate in PEM form`, {
      cause: error,
    });
  }
  const device = /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? "";
  if (!DEVICE_ID.test(device))
    throw new PlatformError(
      "certificate-name",
      `${path} is for "${device}", which is no device name: a-z, 0-9 and -, at most 40 characters`,
    );
  return {
    device,
    validFrom: Date.parse(certificate.validFrom),
    expires: Date.parse(certificate.validTo),
  };
}

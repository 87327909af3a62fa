import { constants } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { createSecureContext, createServer, type SecureContextOptions, type Server } from "node:tls";
import { followFiles, PlatformError } from "@smp/schemas";
import type { Logger } from "pino";
import type { BrokerConfig } from "../config.ts";

type Files = Pick<BrokerConfig, "certFile" | "keyFile" | "caFile">;

/** A TLS server that lets in nobody without a certificate of our CA. It does not listen: connections are handed to it. */
export async function createTlsServer(files: Files, handshakeTimeoutMs: number): Promise<Server> {
  return createServer({
    ...(await readCredentials(files)),
    requestCert: true,
    rejectUnauthorized: true,
    handshakeTimeout: handshakeTimeoutMs,
  });
}

/** What the server shows and whom it believes; checked, so that a bad file never replaces a good one. */
async function readCredentials({ certFile, keyFile, caFile }: Files): Promise<SecureContextOptions> {
  const [cert, key, ca] = await Promise.all([certFile, keyFile, caFile].map(readPem));
  const options: SecureContextOptions = {
    cert,
    key,
    ca,
    minVersion: "TLSv1.2",
    // A resumed session is not checked again: revocation and expiry would be passed by.
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
  try {
    createSecureContext(options);
  } catch (cause) {
    const what = `The broker's certificate ${certFile}, its key ${keyFile} and the CA ${caFile} do not fit together`;
    throw new PlatformError("certificate", `${what}: issue the certificate again.`, { cause });
  }
  return options;
}

async function readPem(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const how = 'create the certificates with "smp ca init", or set SMP_PKI_DIR';
    throw new PlatformError("certificate", `${path} cannot be read: ${how}.`, { cause });
  }
}

/**
 * Takes over renewed files for new handshakes; nobody who is connected notices. Files that do not fit together, such as
 * halfway through a renewal, change nothing. Returns how to stop.
 */
export const followCredentials = (
  server: Server,
  files: Files,
  logger: Logger,
  pollMs: number,
): (() => void) =>
  followFiles({
    paths: [files.certFile, files.keyFile, files.caFile],
    everyMs: pollMs,
    stat,
    async changed() {
      server.setSecureContext(await readCredentials(files));
      logger.info({ certFile: files.certFile }, "new certificate taken over");
    },
    failed: (error) =>
      logger.error({ err: error }, "the renewed certificate is not usable: the old one stays"),
  });

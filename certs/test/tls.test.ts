import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { connect, createServer, type TLSSocket } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { addDevice, addService } from "../src/leaf/issue.ts";
import type { BundleFiles } from "../src/folder/paths.ts";
import { daysFromNow, temporaryPki } from "./pki-folder.ts";

interface Handshake {
  /** What the server saw: the client's URI name, or why it refused. */
  readonly server: string;
  /** What the client saw: "" or why it refused. */
  readonly client: string;
}

/** One mutual TLS handshake; the server trusts only the root that lies in its bundle. */
async function shakeHands(
  server: BundleFiles,
  client: BundleFiles | undefined,
  trusted: BundleFiles = server,
): Promise<Handshake> {
  const read = async (files: BundleFiles): Promise<{ cert: Buffer; key: Buffer }> => ({
    cert: await readFile(files.cert),
    key: await readFile(files.key),
  });
  const listener = createServer({
    ...(await read(server)),
    ca: await readFile(server.ca),
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
  });
  onTestFinished(() => void listener.close());
  const seen = new Promise<string>((resolve) => {
    listener.once("secureConnection", (socket) => {
      resolve(socket.getPeerCertificate().subjectaltname ?? "");
      socket.on("error", () => {});
      socket.end();
    });
    listener.once("tlsClientError", (error: NodeJS.ErrnoException, socket: TLSSocket) =>
      resolve(String(socket.authorizationError ?? error.code)),
    );
  });
  await once(listener.listen(0, "127.0.0.1"), "listening");
  const { port } = listener.address() as AddressInfo;
  const socket = connect({
    host: "127.0.0.1",
    servername: "localhost",
    port,
    ca: await readFile(trusted.ca),
    ...(client ? await read(client) : {}),
  });
  let refusal = "";
  socket.on("error", (error: NodeJS.ErrnoException) => (refusal ||= error.code ?? error.message));
  socket.resume();
  await once(socket, "close").catch(() => undefined);
  return { server: await seen, client: refusal };
}

const serverOf = async (dir: string): Promise<BundleFiles> =>
  (await addService({ dir, id: "broker", hostnames: ["localhost"] })).files;

test("Node's TLS knows a device by its files, though it trusts the root alone", async () => {
  const dir = await temporaryPki();
  const device = (await addDevice({ dir, id: "m1" })).files;
  expect(await shakeHands(await serverOf(dir), device)).toEqual({
    server: "URI:urn:smp:device:m1",
    client: "",
  });
});

test("N01: a client without a certificate is refused", async () => {
  const { server } = await shakeHands(await serverOf(await temporaryPki()), undefined);
  expect(server).toBe("ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE");
});

test("N05: a device of another CA with the same names is refused", async () => {
  const dir = await temporaryPki();
  const foreign = (await addDevice({ dir: await temporaryPki(), id: "m1" })).files;
  const server = await serverOf(dir);
  const result = await shakeHands(server, foreign);
  expect(result.server).toMatch(
    /SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT|CERT_SIGNATURE_FAILURE|UNABLE_TO_VERIFY_LEAF_SIGNATURE/,
  );
});

test("a device cannot pose as the server", async () => {
  const dir = await temporaryPki();
  const device = (await addDevice({ dir, id: "localhost" })).files;
  const victim = (await addDevice({ dir, id: "m1" })).files;
  expect((await shakeHands(device, victim)).client).toBe("INVALID_PURPOSE");
});

test("N06: a server's certificate is none for a client", async () => {
  const dir = await temporaryPki();
  const server = await serverOf(dir);
  expect((await shakeHands(server, server)).server).toBe("INVALID_PURPOSE");
});

test("N02, N03: a certificate that expired, or is not valid yet, is refused", async () => {
  const dir = await temporaryPki({ now: daysFromNow(-60) });
  const server = await serverOf(dir);
  const expired = (await addDevice({ dir, id: "m1", days: 1, now: daysFromNow(-2) })).files;
  expect((await shakeHands(server, expired)).server).toBe("CERT_HAS_EXPIRED");
  const future = (await addDevice({ dir, id: "m2", now: daysFromNow(2) })).files;
  expect((await shakeHands(server, future)).server).toBe("CERT_NOT_YET_VALID");
});

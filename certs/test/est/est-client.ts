import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { readEstConfig } from "../../src/est/config.ts";
import { invite } from "../../src/est/invitations.ts";
import { startEst, type EstServer } from "../../src/est/server.ts";
import { addService } from "../../src/leaf/issue.ts";
import { newRequest, openssl, temporaryFolder, temporaryPki } from "../pki-folder.ts";

export interface Est extends Pick<EstServer, "health"> {
  readonly dir: string;
  readonly port: number;
  readonly lines: string[];
}

/** An enrolment server with a CA of its own; closed after the test. */
export async function startServer(
  options: { dir?: string; now?: () => Date; graceDays?: number; days?: number; filesMs?: number } = {},
): Promise<Est> {
  const dir = options.dir ?? (await temporaryPki());
  await addService({ dir, id: "broker", hostnames: ["localhost", "127.0.0.1"] });
  const lines: string[] = [];
  const note = (_fields: object, text: string): void => void lines.push(text);
  const { now, graceDays = 30, days, filesMs } = options;
  const config = readEstConfig({ SMP_PKI_DIR: dir, SMP_EST_HOST: "127.0.0.1", SMP_EST_PORT: "0" });
  const server = await startEst(
    { ...config, graceDays, days },
    { log: { info: note, warn: note }, ...(now ? { now } : {}), ...(filesMs && { filesMs }) },
  );
  onTestFinished(() => server.close());
  return { dir, port: server.port, lines, health: () => server.health() };
}

export interface Identity {
  readonly key: string;
  readonly cert: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

export interface AskOptions {
  readonly body?: Buffer | string;
  readonly user?: string;
  readonly identity?: Identity;
  readonly type?: string;
  readonly method?: string;
}

/** One request on a connection of its own. */
export async function ask({ dir, port }: Est, path: string, options: AskOptions = {}): Promise<Answer> {
  const { body, user, identity, type = "application/pkcs10", method = "POST" } = options;
  const ca = await readFile(join(dir, "ca.crt"));
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: "127.0.0.1",
        port,
        path: path.startsWith("/") ? path : `/.well-known/est/${path}`,
        method,
        ca,
        agent: false,
        headers: { "content-type": type },
        ...(user === undefined ? {} : { auth: user }),
        ...identity,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    asked.on("error", reject);
    asked.end(body);
  });
}

/** The certificates of an answer, as openssl reads them. */
export async function certificatesOf({ text }: Answer): Promise<X509Certificate[]> {
  const file = join(await temporaryFolder(), "answer.p7");
  await writeFile(file, Buffer.from(text, "base64"));
  const { text: pems } = await openssl("pkcs7", "-inform", "DER", "-in", file, "-print_certs");
  return [...pems.matchAll(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)].map(
    ([pem]) => new X509Certificate(pem),
  );
}

/** An invited device that enrols: its key, its certificate, and the request that it sent. */
export async function enrolled(
  est: Est,
  id: string,
  options: { days?: number; now?: Date } = {},
): Promise<Identity & { x509: X509Certificate; csr: Buffer }> {
  const { code } = await invite({ dir: est.dir, id, ttlMs: 3_600_000, ...options });
  const { key, request: file } = await newRequest(id);
  const csr = await readFile(file);
  const answer = await ask(est, "simpleenroll", { body: csr, user: `${id}:${code}` });
  if (answer.status !== 200) throw new Error(answer.text);
  const [x509] = await certificatesOf(answer);
  const pem = await readFile(key, "utf8");
  if (!x509?.checkPrivateKey(createPrivateKey(pem))) throw new Error("not our key");
  return { key: pem, cert: x509.toString(), x509, csr };
}

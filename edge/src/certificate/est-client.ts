import type { KeyObject, X509Certificate } from "node:crypto";
import { request, type RequestOptions } from "node:https";
import { PlatformError } from "@smp/schemas";
import { explainConnectionError } from "../explain.ts";
import { certificatesIn } from "./certs-only.ts";
import { signingRequest } from "./signing-request.ts";

/** How a device shows who it is: by its present certificate, or the first time by a code. */
export type Credential =
  | { readonly cert: Buffer; readonly key: Buffer }
  | { readonly name: string; readonly code: string };

export interface EstClientOptions {
  /** `https://host:8085`. */
  readonly url: string;
  /** Whom to trust, PEM. */
  readonly ca: Buffer | string;
  /** How long one answer may take, 60 s if absent. */
  readonly wholeMsMax?: number;
}

const ANSWER_BYTES_MAX = 65_536;
/** Without a byte; and for the whole of a question and its answer, which somebody may send byte by byte. */
const TIMEOUT_MS = 20_000;
const WHOLE_MS_MAX = 60_000;
const TEXT_LENGTH_MAX = 300;

/** Gets a certificate for a key that stays here; returns PEM: the leaf, then the CA that issued it. */
export async function requestCertificate(
  options: EstClientOptions & { device: string; privateKey: KeyObject; credential: Credential },
): Promise<string> {
  const { url, ca, device, privateKey, credential, wholeMsMax } = options;
  // First what is needed to use the answer: a code counts once.
  const authorities = certificatesIn(await ask(url, "cacerts", { ca }, { wholeMsMax }));
  const isFirst = "code" in credential;
  const answer = await ask(
    url,
    isFirst ? "simpleenroll" : "simplereenroll",
    {
      ca,
      method: "POST",
      headers: { "content-type": "application/pkcs10" },
      ...(isFirst ? { auth: `${credential.name}:${credential.code}` } : credential),
    },
    { body: signingRequest(device, privateKey).toString("base64"), wholeMsMax },
  );
  const [leaf] = certificatesIn(answer);
  if (!leaf) throw unusable("it holds none");
  const issuer = authorities.find((authority) => leaf.verify(authority.publicKey));
  if (!issuer) throw unusable("none of the server's CAs has signed it");
  if (!leaf.checkPrivateKey(privateKey)) throw unusable("it is not for this device's key");
  if (!leaf.subject.split("\n").includes(`CN=${device}`)) throw unusable(`it is for ${leaf.subject}`);
  return leaf.toString() + issuer.toString();
}

/** The root certificate that a server shows, if it is the one of this SHA-256 fingerprint (RFC 7030, 4.1.1). */
export async function fetchRoot(url: string, fingerprint: string): Promise<X509Certificate> {
  const wanted = fingerprint.toUpperCase().replaceAll(/[^0-9A-F]/g, "");
  const shown = certificatesIn(await ask(url, "cacerts", { rejectUnauthorized: false }));
  const root = shown.find((one) => one.fingerprint256.replaceAll(":", "") === wanted);
  if (root?.verify(root.publicKey)) return root;
  throw new PlatformError(
    "fingerprint",
    `the server at ${url} is not the one whose fingerprint you gave: it shows ${shown[0]?.fingerprint256 ?? "none"}`,
  );
}

const unusable = (why: string): PlatformError =>
  new PlatformError("est-answer", `the enrolment server's certificate cannot be used: ${why}`);

/** One request on a connection of its own; the answer's text. */
async function ask(
  url: string,
  path: string,
  options: RequestOptions,
  { body, wholeMsMax = WHOLE_MS_MAX }: { body?: string; wholeMsMax?: number | undefined } = {},
): Promise<string> {
  const { host } = new URL(url);
  const target = new URL(`/.well-known/est/${path}`, url);
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void =>
      reject(
        new PlatformError(
          "est-unreachable",
          explainConnectionError(error, host).replaceAll("the broker", "the enrolment server"),
          { retryable: true, cause: error },
        ),
      );
    const asked = request(
      target,
      { agent: false, minVersion: "TLSv1.2", timeout: TIMEOUT_MS, ...options },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on("data", (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size > ANSWER_BYTES_MAX) asked.destroy(new Error("the answer is too large"));
        });
        response.once("error", fail);
        response.once("end", () => {
          const text = Buffer.concat(chunks).toString();
          const { statusCode = 0 } = response;
          if (statusCode === 200) resolve(text);
          else reject(refusal(statusCode, text));
        });
      },
    );
    asked.once("timeout", () => asked.destroy(new Error("ETIMEDOUT: no answer")));
    const late = setTimeout(() => asked.destroy(new Error("ETIMEDOUT: no whole answer")), wholeMsMax);
    asked.once("close", () => clearTimeout(late));
    asked.once("error", fail);
    asked.end(body);
  });
}

const refusal = (status: number, text: string): PlatformError =>
  new PlatformError(
    status === 404 ? "est-unreachable" : "est-refused",
    status === 404
      ? "what listens there is no enrolment server"
      : `the enrolment server refuses (${status}): ${text.trim().slice(0, TEXT_LENGTH_MAX)}`,
    { retryable: status === 429 || status >= 500 },
  );

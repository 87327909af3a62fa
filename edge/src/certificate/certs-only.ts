import { X509Certificate } from "node:crypto";
import { PlatformError, readDer } from "@smp/schemas";

const SIGNED_DATA = "06092a864886f70d010702";
const SEQUENCE = 0x30;
const CONTEXT_0 = 0xa0;

/** The certificates in an EST answer: PKCS#7 SignedData without a signer (RFC 7030, 4.1.3), in base64. */
export function certificatesIn(base64: string): X509Certificate[] {
  try {
    const [contentInfo] = readDer(Buffer.from(base64, "base64"));
    const [type, content] = readDer(contentInfo!.content);
    const [signedData] = readDer(content!.content);
    if (type?.whole.toString("hex") !== SIGNED_DATA || signedData?.tag !== SEQUENCE)
      throw new RangeError("not SignedData");
    const certificates = readDer(signedData.content).find(({ tag }) => tag === CONTEXT_0);
    return readDer(certificates?.content ?? Buffer.alloc(0)).map(({ whole }) => new X509Certificate(whole));
  } catch (cause) {
    throw new PlatformError(
      "est-answer",
      "the enrolment server's answer holds no certificates: is it the right address?",
      { retryable: true, cause },
    );
  }
}

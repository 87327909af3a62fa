import { createDecipheriv, createSecretKey, type KeyObject } from "node:crypto";
import { Malformed } from "./malformed.ts";
import { Reader } from "./reader.ts";

/* general-glo-ciphering => DB title-length title length security-control counter ciphertext [tag]
     DC (general-ded-ciphering) has the same shape
     length           => A-XDR; counts all that follows it
     security-control => bits 0-3 suite, 4 authenticated, 5 encrypted, 6 broadcast key, 7 compressed
     counter          => 4 bytes: the invocation ("frame") counter */
const GENERAL_GLO_CIPHERING = 0xdb;
const GENERAL_DED_CIPHERING = 0xdc;
const TITLE_BYTES = 8;
const TAG_BYTES = 12;
const AUTHENTICATED = 0x10;
const ENCRYPTED = 0x20;
const COMPRESSED = 0x80;

export interface CipheredApdu {
  systemTitle: Uint8Array;
  securityControl: number;
  frameCounter: number;
  /** What the length field says: security control, counter, ciphertext and tag. */
  declaredLength: number;
  /** Ciphertext, and tag where there is one. */
  body: Uint8Array;
}

export interface Keys {
  key?: KeyObject;
  authKey?: KeyObject;
}

export const isCiphered = (apdu: Uint8Array): boolean =>
  apdu[0] === GENERAL_GLO_CIPHERING || apdu[0] === GENERAL_DED_CIPHERING;

/** A key of 16 bytes. @throws Malformed for any other length; the message never shows the key. */
export function toKey(key: Uint8Array | KeyObject): KeyObject {
  const object = key instanceof Uint8Array ? createSecretKey(key) : key;
  if (object.symmetricKeySize !== 16)
    throw new Malformed(`a key has 16 bytes (32 hex digits); this one has ${object.symmetricKeySize ?? 0}`);
  return object;
}

export function readCiphered(apdu: Uint8Array): CipheredApdu {
  const reader = new Reader(apdu, 1);
  if (reader.length() !== TITLE_BYTES) throw new Malformed("the system title has not 8 bytes");
  const systemTitle = reader.take(TITLE_BYTES);
  const declaredLength = reader.length();
  if (declaredLength !== reader.left)
    throw new Malformed(`the ciphered APDU declares ${declaredLength} bytes and has ${reader.left}`);
  const securityControl = reader.uint8();
  const frameCounter = reader.uint32();
  const body = reader.take(reader.left);
  if ((securityControl & AUTHENTICATED) !== 0 && body.length < TAG_BYTES)
    throw new Malformed("the ciphered APDU is too short for its authentication tag");
  return { systemTitle, securityControl, frameCounter, declaredLength, body };
}

export type Deciphered =
  /** `authenticated` is null where the telegram carries no tag, false where it could not be checked. */
  | { kind: "plain"; plain: Uint8Array; authenticated: boolean | null }
  | { kind: "key-missing" }
  /** The tag is wrong; `plain` is what the key alone yields, to tell a wrong key from a wrong authentication key. */
  | { kind: "not-authentic"; plain: Uint8Array }
  | { kind: "unsupported"; reason: string };

/** Decrypts and, where the telegram is authenticated and the key at hand, checks the tag. */
export function decipher(apdu: CipheredApdu, keys: Keys): Deciphered {
  const { securityControl, body } = apdu;
  if ((securityControl & COMPRESSED) !== 0)
    return { kind: "unsupported", reason: "the telegram is compressed" };
  const authenticated = (securityControl & AUTHENTICATED) !== 0;
  const encrypted = (securityControl & ENCRYPTED) !== 0;
  const text = authenticated ? body.subarray(0, body.length - TAG_BYTES) : body;
  if (encrypted && keys.key === undefined) return { kind: "key-missing" };
  const plain = encrypted ? counterMode(apdu, keys.key as KeyObject, text) : text;
  if (!authenticated) return { kind: "plain", plain, authenticated: null };
  if (keys.authKey === undefined || keys.key === undefined)
    return { kind: "plain", plain, authenticated: false };
  const tag = body.subarray(body.length - TAG_BYTES);
  return isAuthentic(apdu, { key: keys.key, authKey: keys.authKey }, encrypted ? text : undefined, text, tag)
    ? { kind: "plain", plain, authenticated: true }
    : { kind: "not-authentic", plain };
}

function initialisationVector(apdu: CipheredApdu, size: 12 | 16): Uint8Array {
  const iv = new Uint8Array(size);
  iv.set(apdu.systemTitle);
  new DataView(iv.buffer).setUint32(TITLE_BYTES, apdu.frameCounter);
  // GCM spends block 1 on the tag: the text begins with block 2.
  if (size === 16) iv[15] = 2;
  return iv;
}

/** GCM without its tag is CTR; a GCM decipher could not end without one. */
function counterMode(apdu: CipheredApdu, key: KeyObject, text: Uint8Array): Uint8Array {
  return createDecipheriv("aes-128-ctr", key, initialisationVector(apdu, 16)).update(text);
}

function isAuthentic(
  apdu: CipheredApdu,
  keys: Required<Keys>,
  ciphertext: Uint8Array | undefined,
  text: Uint8Array,
  tag: Uint8Array,
): boolean {
  const iv = initialisationVector(apdu, 12);
  const decipherer = createDecipheriv("aes-128-gcm", keys.key, iv, { authTagLength: TAG_BYTES });
  const authKey = keys.authKey.export();
  const header = Buffer.concat([Uint8Array.of(apdu.securityControl), authKey]);
  // Green Book 9.2.7.2.4: authenticated but not encrypted text is part of the additional data.
  decipherer.setAAD(ciphertext === undefined ? Buffer.concat([header, text]) : header);
  decipherer.setAuthTag(tag);
  try {
    if (ciphertext !== undefined) decipherer.update(ciphertext);
    decipherer.final();
    return true;
  } catch {
    return false;
  }
}

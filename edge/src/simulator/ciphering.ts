import { createCipheriv } from "node:crypto";
import { PlatformError } from "@smp/schemas";
import { ByteWriter } from "./byte-writer.ts";

export interface CipheringOptions {
  systemTitle: Uint8Array;
  frameCounter: number;
  key: Uint8Array;
  /** 20h or 21h without, 30h with authentication. */
  securityControl: number;
  /** With it the ciphertext is followed by a 12-byte tag. */
  authenticationKey?: Uint8Array;
}

const GENERAL_GLO_CIPHERING = 0xdb;
const TAG_BYTES = 12;

/* general-glo-ciphering => tag(DB) title-length title length security-control frame-counter(u32) ciphertext [tag] */
export function encipher(plaintext: Uint8Array, options: CipheringOptions): Buffer {
  const { systemTitle, frameCounter, securityControl } = options;
  const body = options.authenticationKey
    ? authenticated(plaintext, options, options.authenticationKey)
    : encrypted(plaintext, options);
  return new ByteWriter()
    .u8(GENERAL_GLO_CIPHERING)
    .u8(systemTitle.length)
    .bytes(systemTitle)
    .length(1 + 4 + body.length)
    .u8(securityControl)
    .u32(frameCounter)
    .bytes(body)
    .result();
}

/** GCM without its tag is counter mode that starts at 2: block 1 belongs to the tag (NIST SP 800-38D, 7.1). */
function encrypted(plaintext: Uint8Array, options: CipheringOptions): Buffer {
  const start = Buffer.alloc(16);
  initialisationVector(options).copy(start);
  start.writeUInt32BE(2, 12);
  return createCipheriv("aes-128-ctr", options.key, start).update(plaintext);
}

function authenticated(
  plaintext: Uint8Array,
  options: CipheringOptions,
  authenticationKey: Uint8Array,
): Buffer {
  const cipher = createCipheriv("aes-128-gcm", options.key, initialisationVector(options), {
    authTagLength: TAG_BYTES,
  });
  cipher.setAAD(Buffer.concat([Uint8Array.of(options.securityControl), authenticationKey]));
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function initialisationVector({ systemTitle, frameCounter }: CipheringOptions): Buffer {
  const vector = Buffer.alloc(12);
  vector.set(systemTitle);
  vector.writeUInt32BE(frameCounter, 8);
  return vector;
}

/** 32 hex digits to 16 bytes. */
export function keyFromHex(name: string, hex: string): Uint8Array {
  if (!/^[0-9a-f]{32}$/i.test(hex))
    throw new PlatformError(
      "config",
      `${name} must be 32 hex digits (16 bytes), but has ${hex.length} characters`,
    );
  return Buffer.from(hex, "hex");
}

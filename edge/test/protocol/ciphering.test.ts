import { createCipheriv, createSecretKey } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type CipheredApdu, decipher, readCiphered, toKey } from "../../src/protocol/ciphering.ts";

const key = Buffer.from("000102030405060708090A0B0C0D0E0F", "hex");
const authKey = Buffer.from("D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF", "hex");
const title = Buffer.from("4D4D4D0000BC614E", "hex");
const plain = Buffer.from("01011000112233445566778899AABBCCDDEEFF0000065F1F0400007E1F04B0", "hex");
const counter = 0x01234567;
const keys = { key: createSecretKey(key), authKey: createSecretKey(authKey) };

/** Green Book 9.2.7, by Node's GCM: another path than the decoder's counter mode. */
function protect(securityControl: number, tag: boolean, encrypted = true): Buffer {
  const iv = Buffer.concat([title, Buffer.from([0x01, 0x23, 0x45, 0x67])]);
  const cipher = createCipheriv("aes-128-gcm", key, iv, { authTagLength: 12 });
  const header = Buffer.concat([Buffer.of(securityControl), authKey]);
  cipher.setAAD(encrypted ? header : Buffer.concat([header, plain]));
  const text = encrypted ? cipher.update(plain) : plain;
  cipher.final();
  const body = Buffer.concat([
    Buffer.of(securityControl),
    iv.subarray(8),
    text,
    tag ? cipher.getAuthTag() : Buffer.of(),
  ]);
  return Buffer.concat([Buffer.of(0xdb, 8), title, Buffer.of(body.length), body]);
}

test("the Green Book's own example deciphers", () => {
  // Annex C: glo-initiate request, suite 0, authenticated and encrypted.
  const body = Buffer.from(
    "801302FF8A7874133D414CED25B42534D28DB0047720606B175BD52211BE6841DB204D39EE6FDB8E356855",
    "hex",
  );
  const apdu: CipheredApdu = {
    systemTitle: title,
    securityControl: 0x30,
    frameCounter: counter,
    declaredLength: 0,
    body,
  };
  expect(decipher(apdu, keys)).toEqual({ kind: "plain", plain, authenticated: true });
});

test.each([
  ["encrypted, suite 0", 0x20, false, null],
  ["encrypted, suite bit 1", 0x21, false, null],
  ["encrypted with the broadcast key", 0x60, false, null],
  ["authenticated and encrypted", 0x30, true, true],
])("%s", (_, securityControl, tag, authenticated) => {
  const apdu = readCiphered(protect(securityControl, tag));
  expect(apdu).toMatchObject({ frameCounter: counter, securityControl });
  expect(decipher(apdu, keys)).toEqual({ kind: "plain", plain, authenticated });
});

test("authenticated but not encrypted text is checked too", () => {
  const bytes = protect(0x10, true, false);
  expect(decipher(readCiphered(bytes), keys)).toEqual({ kind: "plain", plain, authenticated: true });
  bytes[20]! ^= 1;
  expect(decipher(readCiphered(bytes), keys).kind).toBe("not-authentic");
});

describe("a telegram with a tag", () => {
  test("stays unchecked without the authentication key", () => {
    expect(decipher(readCiphered(protect(0x30, true)), { key: keys.key })).toEqual({
      kind: "plain",
      plain,
      authenticated: false,
    });
  });

  test("is refused when any bit of text or tag has flipped", () => {
    const bytes = protect(0x30, true);
    for (let bit = 11 * 8; bit < bytes.length * 8; bit++) {
      const damaged = Uint8Array.from(bytes, (byte, index) =>
        index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte,
      );
      expect(decipher(readCiphered(damaged), keys)).not.toMatchObject({ authenticated: true });
    }
  });
});

test("without a key the text stays closed, a compressed one too", () => {
  expect(decipher(readCiphered(protect(0x20, false)), {})).toEqual({ kind: "key-missing" });
  expect(decipher(readCiphered(protect(0xa0, false)), keys)).toMatchObject({ kind: "unsupported" });
});

test("text that is only authenticated is read without any key, and is unchecked", () => {
  const apdu = readCiphered(protect(0x10, true, false));
  expect(decipher(apdu, {})).toEqual({ kind: "plain", plain, authenticated: false });
});

test.each([
  ["a title of another length", "DB07414243444546470520000000010102", /title has not 8 bytes/],
  ["a length that is too long", "DB0841424344454647480A2000000001", /declares 10 bytes and has 5/],
  ["a longer title", "DB094142434445464748490520000000010A", /title has not 8 bytes/],
  ["a length that is too short", "DB0841424344454647480520000000010A", /declares 5 bytes and has 6/],
  ["a tag without room", "DB084142434445464748063000000001FF", /too short for its authentication tag/],
])("%s is refused", (_, hex, message) => {
  expect(() => readCiphered(Buffer.from(hex, "hex"))).toThrow(message);
});

test("a key has 16 bytes, and the error does not show it", () => {
  expect(() => toKey(Buffer.from("secret"))).toThrow(/16 bytes .* has 6$/);
});

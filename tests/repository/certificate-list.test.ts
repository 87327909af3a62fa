import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/**
 * The negative tests of certificates and enrolment (N01-N28 of tests/repository/negative-list.test.ts), and what the profile of the CA rests
 * upon, each with the test that shows it: file and title. A test that is renamed or taken away is missed here.
 */
const SHOWN: readonly (readonly [string, string, string])[] = [
  [
    "N01",
    "broker/test/connection/handshake.test.ts",
    "N01: without a certificate fails, and the log says so",
  ],
  ["N02", "broker/test/connection/handshake.test.ts", "N02: with an expired certificate fails"],
  ["N03", "broker/test/connection/handshake.test.ts", "N03: with a certificate that is not yet valid fails"],
  [
    "N02, N03",
    "certs/test/tls.test.ts",
    "N02, N03: a certificate that expired, or is not valid yet, is refused",
  ],
  [
    "N04",
    "broker/test/connection/handshake.test.ts",
    "N04: with a certificate that its bearer has signed himself fails",
  ],
  [
    "N05",
    "broker/test/connection/handshake.test.ts",
    "N05: with a certificate of another CA, even one of the same name, fails",
  ],
  ["N05", "certs/test/x509/certificate.test.ts", "N05: no certificate of another CA with the same names"],
  ["N06", "broker/test/connection/handshake.test.ts", "N06: with a server's certificate fails"],
  [
    "N07",
    "broker/test/connection/handshake.test.ts",
    "N07: with a certificate that a device has signed fails",
  ],
  [
    "N08",
    "broker/test/connection/handshake.test.ts",
    "N08: with a certificate of a CA below the issuing one fails",
  ],
  [
    "N07, N08",
    "certs/test/x509/certificate.test.ts",
    "N07, N08: no certificate signed by a device, and no CA below",
  ],
  ["N09", "broker/test/revocation.test.ts", "N09: a revoked certificate is refused at its next connection"],
  [
    "N10",
    "broker/test/registry/registry.test.ts",
    "N10: ends the sessions of a revoked certificate within a second",
  ],
  ["N11", "broker/test/revocation.test.ts", '["N11", "m11", "TLSv1.3"]'],
  ["N12", "broker/test/revocation.test.ts", '["N12", "m12", "TLSv1.2"]'],
  ["N13", "broker/test/revocation.test.ts", "N13: with %s is not resumed"],
  [
    "N14",
    "broker/test/sessions/watch.test.ts",
    "N14: a session ends when its certificate expires, and no other does",
  ],
  ["N15", "broker/test/revocation.test.ts", "N15: that is replaced by garbage changes nothing"],
  [
    "N16",
    "broker/test/revocation.test.ts",
    "N16: that is gone leaves devices connected, and known revocations hold",
  ],
  ["N17", "broker/test/credentials.test.ts", "N17: a renewed certificate is shown to new clients"],
  ["N18", "broker/test/credentials.test.ts", "N18: a certificate that does not fit its key changes nothing"],
  [
    "N19",
    "broker/test/registry/registry.test.ts",
    "N19: refuses a certificate of its CA that the registry does not know",
  ],
  ["N20, two URI names", "broker/test/connection/handshake.test.ts", "N20: with %s is refused at CONNECT"],
  ["N20, comma, line feed, zero byte", "broker/test/connection/handshake.test.ts", "N20: %s is refused"],
  [
    "N21, one after the other",
    "certs/test/est/est.test.ts",
    "is refused the second time, for the same request and for another",
  ],
  ["N21, at the same time", "certs/test/est/est.test.ts", "at the same time by eight is good for one"],
  ["N22, expired", "certs/test/est/est.test.ts", 'test("expired"'],
  [
    "N22, another device's",
    "certs/test/est/est.test.ts",
    "for another device, and that device's is still good",
  ],
  [
    "N22, withdrawn, replaced, made up",
    "certs/test/est/est.test.ts",
    "withdrawn, replaced by a newer one, made up, or missing",
  ],
  ["N23, --csr", "certs/test/x509/csr.test.ts", "N23: a request for other names, a CA and serverAuth"],
  ["N23, EST", "certs/test/est/est.test.ts", "N23: a request over EST for other names, a CA and serverAuth"],
  ["N24, a byte of the name", "certs/test/x509/csr.test.ts", "one byte of the name changed"],
  ["N24, another key", "certs/test/x509/csr.test.ts", "the key of somebody else put in"],
  [
    "N24, any byte, cut off",
    "certs/test/x509/csr.test.ts",
    "any byte changed, anywhere: refused, and never another error",
  ],
  ["N24, EST", "certs/test/est/est.test.ts", "N24: for its signature, over EST, does not use the code up"],
  ["N25, RSA-1024", "certs/test/x509/csr.test.ts", '["RSA-1024"'],
  ["N25, P-192", "certs/test/x509/csr.test.ts", '["P-192"'],
  ["N25, explicit parameters", "certs/test/x509/csr.test.ts", '"explicit parameters of P-256"'],
  ["N25, EST", "certs/test/est/est.test.ts", "N25: for its key, over EST"],
  ["N26, names", "certs/test/est/est.test.ts", 'describe("N26: re-enrolment as somebody else"'],
  ["N26, another's key", "certs/test/est/est.test.ts", "with the key of another device is refused"],
  [
    "N26, other roles",
    "certs/test/est/est.test.ts",
    "with a consumer's or a server's certificate, of this CA, is refused",
  ],
  ["N26, other CAs", "certs/test/est/est.test.ts", "with a certificate of another CA of the same names"],
  [
    "N27, its certificate",
    "certs/test/est/est.test.ts",
    "does not re-enrol, with any of its certificates, nor with a new key",
  ],
  [
    "N27, its key",
    "certs/test/est/est.test.ts",
    "does not come back with a code and the key that was revoked",
  ],
  [
    "N27, a superseded one",
    "certs/test/est/est.test.ts",
    "whose certificate was superseded long ago does not come back",
  ],
  [
    "N28, a CA key that others read",
    "certs/test/leaf/issue.test.ts",
    "N28: does not sign with a key that others can read",
  ],
  [
    "N28, over a file of 0644",
    "certs/test/leaf/issue.test.ts",
    "N28: written over a key that all may read becomes private",
  ],
  [
    "N28, at the device",
    "edge/test/certificate/files.test.ts",
    "N28: takes the place of one that all may read",
  ],
  [
    "N28, an id that is a path",
    "certs/test/leaf/issue.test.ts",
    "N28: is refused for the id %j, and nothing is written",
  ],
  [
    "strict openssl",
    "certs/test/x509/certificate.test.ts",
    'describe("openssl accepts, by its strict rules,"',
  ],
  ["one bit changed", "certs/test/x509/certificate.test.ts", "no certificate with one bit changed"],
  ["the profile of the CAs", "certs/test/x509/certificate.test.ts", 'test("of the three CAs"'],
  [
    "the profile of the leaves",
    "certs/test/x509/certificate.test.ts",
    "of a device, a consumer and a service",
  ],
  [
    "no parameters of ECDSA",
    "certs/test/x509/certificate.test.ts",
    "the algorithm has no parameters, as RFC 5758 wants",
  ],
  ["a device is no server", "certs/test/tls.test.ts", "a device cannot pose as the server"],
  [
    "encrypted CA keys",
    "certs/test/leaf/issue.test.ts",
    "with a passphrase encrypts its keys, and opens them with nothing else",
  ],
  [
    "an offline root",
    "certs/test/authority/crl-files.test.ts",
    "is on the stick alone; devices are issued without it",
  ],
  [
    "CRLs by openssl",
    "certs/test/authority/crl-files.test.ts",
    "let openssl tell who is revoked, device and consumer",
  ],
  ["mosquitto", "certs/test/mosquitto.foreign.test.ts", "mosquitto"],
  ["EST by curl", "certs/test/est/est.foreign.test.ts", "curl"],
  [
    "mbedTLS",
    "tests/devices/mbedtls.foreign.test.ts",
    "mbedTLS reads our certificates and key, trusts the platform",
  ],
];

test.each(SHOWN)("%s is shown by %s: %s", (_what, file, title) => {
  expect(readFileSync(file, "utf8")).toContain(title);
});

test("each of N01 to N28 is in the table", () => {
  const all = SHOWN.map(([what]) => what).join();
  const wanted = Array.from({ length: 28 }, (_, at) => `N${String(at + 1).padStart(2, "0")}`);
  expect(wanted.filter((number) => !all.includes(number))).toEqual([]);
});

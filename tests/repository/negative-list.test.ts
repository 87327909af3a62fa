import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/**
 * What must fail, numbered. A test that shows one of these begins its title with the number, such as "N07: …"; several
 * tests may share a number, and one may show several ("N29, N30: …").
 */
const NEGATIVE_TESTS: Readonly<Record<string, string>> = {
  N01: "no client certificate",
  N02: "an expired certificate",
  N03: "a certificate that is not yet valid",
  N04: "a self-signed certificate with a real device's name",
  N05: "another CA with our CA's names",
  N06: "a server's certificate as a client",
  N07: "a certificate that a device has signed",
  N08: "a CA below the issuing CA",
  N09: "a revoked certificate, at its next connection",
  N10: "a certificate that is revoked while its device is connected",
  N11: "a revoked device that resumes a TLS 1.3 session",
  N12: "a revoked device that resumes a TLS 1.2 session",
  N13: "an expired certificate that resumes a session",
  N14: "a certificate that expires while its device is connected",
  N15: "a registry file that is replaced by garbage (we have no CRL file)",
  N16: "a registry file that is gone (we have no CRL that runs out)",
  N17: "a server certificate that is replaced on disk",
  N18: "a key that does not match the new certificate",
  N19: "a valid certificate that the registry does not know",
  N20: "two URI names; a name with a comma, line feed or zero byte",
  N21: "an enrolment code that is used twice",
  N22: "an enrolment code that has expired, or is another device's",
  N23: "a request for another name, a CA or serverAuth",
  N24: "a request with a bad signature",
  N25: "a request with a weak or odd key",
  N26: "enrolment as another device",
  N27: "a revoked device that enrols again",
  N28: "a key that others can read; an id that is a path",
  N29: "a client id of another device",
  N30: "odd client ids",
  N31: "PUBLISH before CONNECT",
  N32: "a second CONNECT",
  N33: "silence in place of a handshake or a CONNECT",
  N34: "a handshake or a CONNECT one byte at a time",
  N35: "a keepalive of 0 or 65535",
  N36: "a will to a foreign topic, or a large one",
  N37: "MQTT 5, MQTT 3.1, reserved flags, packets that only a server sends",
  N38: "a foreign device's topic",
  N39: "topics with wildcards, too many levels or bytes that are none",
  N40: "a publish to $SYS",
  N41: "a retained reading",
  N42: "a packet that announces 256 MB",
  N43: "a length of five bytes",
  N44: "QoS 3",
  N45: "1,001 messages of QoS 2 without PUBREL",
  N46: "10,000 messages a second",
  N47: "a payload that names another device",
  N48: "the same meter and time with other content",
  N49: "subscriptions beyond one's rights",
  N50: "50,000 filters in one SUBSCRIBE",
  N51: "a lasting session that is left behind",
  N52: "a frozen subscriber",
  N53: "thousands of subscriptions that come and go",
  N54: "a bignum of 16 kB",
  N55: "nesting of 60,000",
  N56: "lengths of 2^32-1 and 2^64-1, and truncation",
  N57: "keys with a meaning, keys that stand twice, keys that are no texts",
  N58: "NaN, Infinity, undefined and tags",
  N59: "impossible times; counters that fall or jump",
  N60: "indefinite lengths, invalid UTF-8, bytes behind the end",
  N61: "SQL in parameters of the HTTP API",
  N62: "queries that are too large",
  N63: "a private meter without the right to see it",
  N64: "bodies and headers that lie",
};
const titles = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { encoding: "utf8" })
  .split("\n")
  .filter((file) => /(^|\/)tests?\/.*\.ts$/.test(file) && !file.endsWith("negative-list.test.ts"))
  .filter((file) => existsSync(file))
  .flatMap((file) => [...readFileSync(file, "utf8").matchAll(/["'`]((?:N\d\d, )*N\d\d)\b/g)])
  .flatMap(([, numbers = ""]) => numbers.split(", "));
const shown = new Set(titles);

test.each(Object.entries(NEGATIVE_TESTS))("%s, %s, has a test by its number", (number) => {
  expect(shown.has(number)).toBe(true);
});

test("no test has a number that the list does not know", () => {
  expect([...shown].filter((number) => !(number in NEGATIVE_TESTS))).toEqual([]);
});

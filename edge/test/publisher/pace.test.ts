import fc from "fast-check";
import { expect, test } from "vitest";
import { explainConnectionError } from "../../src/explain.ts";
import { Pace, reconnectDelayMs } from "../../src/publisher/pace.ts";

test("a pace lets its burst through at once, and then what its rate allows", () => {
  const pace = new Pace(2, 3, 0);
  expect([pace.take(0), pace.take(0), pace.take(0), pace.take(0)]).toEqual([0, 0, 0, 500]);
  expect(pace.take(499)).toBeGreaterThan(0);
  expect(pace.take(500)).toBe(0);
  let passed = 0;
  for (let ms = 500; ms <= 60_500; ms += 10) if (pace.take(ms) === 0) passed++;
  expect(passed).toBe(120);
});

test("after a long rest no more than the burst goes at once", () => {
  const pace = new Pace(10, 4, 0);
  for (let count = 0; count < 4; count++) pace.take(0);
  let passed = 0;
  while (pace.take(3_600_000) === 0) passed++;
  expect(passed).toBe(4);
});

test("the first wait is anything up to 30 s, later ones grow to two minutes, none is longer", () => {
  const options = { firstMsMax: 30_000, msMax: 120_000 };
  fc.assert(
    fc.property(fc.nat(10_000), fc.double({ min: 0, max: 0.999, noNaN: true }), (failures, random) => {
      const delay = reconnectDelayMs(failures, { ...options, random: () => random });
      expect(delay).toBe(random * (failures === 0 ? 30_000 : failures === 1 ? 60_000 : 120_000));
    }),
  );
});

test.each([
  [{ code: "ECONNREFUSED", message: "connect ECONNREFUSED" }, /nothing listens at broker:8883/],
  [{ code: "ENOTFOUND", message: "getaddrinfo" }, /name broker:8883 is not known/],
  [{ code: "SELF_SIGNED_CERT_IN_CHAIN", message: "self-signed" }, /right CA/],
  [{ code: "ERR_TLS_CERT_ALTNAME_INVALID", message: "Hostname/IP" }, /name that its certificate carries/],
  [
    { code: "ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_UNKNOWN", message: "ssl/tls alert certificate unknown" },
    /refuses this device's certificate/,
  ],
  [{ code: "CERT_HAS_EXPIRED", message: "certificate has expired" }, /clock of this machine/],
  [{ code: 5, message: "Connection refused: Not authorized" }, /registered and not revoked/],
  [{ code: 3, message: "Connection refused: Server unavailable" }, /takes no readings at the moment/],
  [{ code: "ECONNRESET", message: "read ECONNRESET" }, /without a word/],
  [{ message: "connack timeout" }, /does not answer as an MQTT broker/],
  [{ message: "something else" }, /^something else$/],
])("%o is explained", (error, expected) => {
  expect(explainConnectionError(error, "broker:8883")).toMatch(expected);
});

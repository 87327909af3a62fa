import { X509Certificate } from "node:crypto";
import { DEVICE_AUTHORITY } from "@smp/schemas";
import { afterAll, expect, test } from "vitest";
import { identityOf } from "../../src/identity/identity.ts";
import { Refusal } from "../../src/refusal.ts";
import { TestAuthority } from "../pki.ts";

const devices = new TestAuthority(DEVICE_AUTHORITY);
const services = new TestAuthority("Smart Meter Platform Service CA");
afterAll(() => [devices, services].forEach((authority) => authority.remove()));

test("the authority for devices makes no reader of everybody's data", () => {
  const identity = ({ cert }: { cert: Buffer }) => identityOf(new X509Certificate(cert));
  expect(identity(devices.device("m7"))).toMatchObject({ role: "device", id: "m7" });
  expect(identity(services.consumer("tap"))).toMatchObject({ role: "consumer", id: "tap" });
  for (const role of ["consumer", "service"]) {
    const forged = identity(devices.leaf({ san: `URI:urn:smp:${role}:tap`, commonName: "tap" }));
    expect(forged).toBeInstanceOf(Refusal);
    expect((forged as Refusal).message).toContain("authority for devices");
  }
});

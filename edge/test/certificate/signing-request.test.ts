import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { certificatesIn } from "../../src/certificate/certs-only.ts";
import { signingRequest } from "../../src/certificate/signing-request.ts";
import { testCa } from "../publisher/certificates.ts";
import { scratch } from "../journal/scratch.ts";

test("openssl verifies our signing request and reads its name", async () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const file = join(await scratch(), "request.der");
  await writeFile(file, signingRequest("house-7", privateKey));
  const text = execFileSync("sh", [
    "-c",
    `openssl req -inform DER -in ${file} -verify -noout -text 2>&1`,
  ]).toString();
  expect(text).toContain("verify OK");
  expect(text).toContain("Subject: CN = house-7");
  expect(text).toContain("NIST CURVE: P-256");
});

test("certificates are read from what openssl makes of them, and nothing else is taken for them", async () => {
  const directory = await scratch();
  const pki = testCa();
  const { cert } = pki.issue("house-7");
  await writeFile(join(directory, "a.crt"), cert + pki.ca);
  const p7 = execFileSync("openssl", [
    "crl2pkcs7",
    "-nocrl",
    "-certfile",
    join(directory, "a.crt"),
    "-outform",
    "DER",
  ]);
  expect(certificatesIn(p7.toString("base64")).map((one) => one.subject)).toEqual([
    "CN=house-7",
    "CN=test CA",
  ]);
  for (const wrong of [
    "",
    "hello",
    Buffer.from("<html>").toString("base64"),
    p7.subarray(0, 300).toString("base64"),
  ])
    expect(() => certificatesIn(wrong)).toThrow(expect.objectContaining({ code: "est-answer" }));
});

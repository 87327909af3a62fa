import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { requestCertificate } from "../../src/certificate/est-client.ts";
import { testCa } from "../publisher/certificates.ts";

test("an enrolment server that sends its answer byte by byte holds up nobody for ever", async () => {
  const pki = testCa();
  const server = createServer(pki.issue("localhost"), (_request, response) => {
    const dripping = setInterval(() => response.write("A"), 10);
    response.once("close", () => clearInterval(dripping));
  });
  await once(server.listen(0, "localhost"), "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const asked = requestCertificate({
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    ca: pki.ca,
    device: "house-7",
    privateKey,
    credential: { name: "house-7", code: "1" },
    wholeMsMax: 200,
  });
  await expect(asked).rejects.toMatchObject({ code: "est-unreachable", retryable: true });
});

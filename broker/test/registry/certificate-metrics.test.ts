import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DAY_MS } from "@smp/schemas";
import { Registry as MetricsRegistry } from "prom-client";
import { afterAll, expect, test } from "vitest";
import { tellCertificates } from "../../src/registry/certificate-metrics.ts";
import { openRegistryFile } from "../../src/registry/file.ts";
import { TestAuthority } from "../pki.ts";

const folder = mkdtempSync(join(tmpdir(), "smp-expiry-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const now = Date.now();
const line = (event: "issued" | "revoked", serial: string, id: string, days: number, role: string): string =>
  `${JSON.stringify({ event, serial, id, role, notAfter: new Date(now + days * DAY_MS).toISOString() })}\n`;

async function valuesOf(metrics: MetricsRegistry): Promise<Record<string, number>> {
  const values = (await metrics.getMetricsAsJSON()).flatMap(({ values: found }) => found);
  return Object.fromEntries(
    values.map(({ labels, value }) => [Object.values(labels).join(" "), Math.round(value)]),
  );
}

test("certificates are told by the next end of each kind, and by what their holders' newest are", async () => {
  const authority = new TestAuthority();
  const server = { san: "DNS:localhost", commonName: "broker", usage: "serverAuth" } as const;
  const certFile = join(folder, "server.crt");
  copyFileSync(authority.leaf({ ...server, days: 9 }).certFile, certFile);
  const path = join(folder, "index.jsonl");
  writeFileSync(
    path,
    line("issued", "A1", "m1", 5, "device") +
      line("issued", "A2", "m1", 300, "device") +
      line("issued", "B1", "m2", 40, "device") +
      line("issued", "C1", "m3", -1, "device") +
      line("issued", "D1", "m4", 2, "device") +
      line("revoked", "D1", "m4", 2, "device") +
      line("issued", "E1", "m1", 17, "consumer"),
  );
  const registry = await openRegistryFile(path);
  const metrics = new MetricsRegistry();
  tellCertificates({ certFile, caFile: authority.caFile }, { registry, metrics, now: () => now });
  // m1 was renewed, m3 is expired, m4 revoked: the next one is m2's. The authority lives two days.
  expect(await valuesOf(metrics)).toEqual({
    server: 9,
    authority: 2,
    device: 40,
    consumer: 17,
    "device active": 2,
    "device expired": 1,
    "device revoked": 1,
    "consumer active": 1,
  });

  // A renewal shows at the next question; a chain's certificates are authorities'.
  writeFileSync(
    certFile,
    readFileSync(authority.leaf({ ...server, days: 30 }).certFile, "utf8") +
      readFileSync(authority.leaf({ ...server, days: 1, isAuthority: true }).certFile, "utf8"),
  );
  appendFileSync(path, line("issued", "B2", "m2", 397, "device"));
  await registry.readOn();
  expect(await valuesOf(metrics)).toMatchObject({ server: 30, authority: 1, device: 300 });
  rmSync(certFile);
  expect(await valuesOf(metrics)).not.toHaveProperty("server");
  registry.close();
});

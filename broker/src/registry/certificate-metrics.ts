import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { DAY_MS } from "@smp/schemas";
import { Gauge, type Registry as MetricsRegistry } from "prom-client";
import type { BrokerConfig } from "../config.ts";
import type { Registry } from "./registry.ts";

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

export interface CertificateMetricsPorts {
  registry: Registry | undefined;
  metrics: MetricsRegistry;
  now?: () => number;
}

/**
 * Tells how long certificates still count, from the files and the registry as they are at the time of the question: a
 * renewal shows at once, and a certificate that nobody renews is seen long before it locks somebody out.
 */
export function tellCertificates(
  files: Pick<BrokerConfig, "certFile" | "caFile">,
  { registry, metrics, now = Date.now }: CertificateMetricsPorts,
): void {
  const next = new Gauge({
    name: "smp_certificate_expires_days",
    help: "Days until the next certificate in use expires: the server's own, of an authority, of a device, consumer or service.",
    labelNames: ["of"],
    registers: [],
    async collect() {
      this.reset();
      const [server, ...chain] = await expiriesIn(files.certFile);
      const ends: [string, number][] = [...chain, ...(await expiriesIn(files.caFile))].map((end) => [
        "authority",
        end,
      ]);
      if (server !== undefined) ends.push(["server", server]);
      for (const { role, notAfter, status } of registry?.newest(now()) ?? [])
        if (status === "active") ends.push([role, notAfter]);
      for (const [of, end] of soonest(ends)) this.set({ of }, (end - now()) / DAY_MS);
    },
  });
  const held = new Gauge({
    name: "smp_certificates",
    help: "Holders of certificates, by role and by what their newest one is: active, expired or revoked.",
    labelNames: ["role", "state"],
    registers: [],
    collect() {
      this.reset();
      for (const { role, status } of registry?.newest(now()) ?? []) this.inc({ role, state: status });
    },
  });
  for (const gauge of [next, held]) metrics.registerMetric(gauge);
}

/** When the certificates of a file expire, Unix ms, in their order; a file that is just being replaced tells nothing. */
async function expiriesIn(path: string): Promise<number[]> {
  try {
    const texts = (await readFile(path, "utf8")).match(PEM) ?? [];
    return texts.map((text) => Date.parse(new X509Certificate(text).validTo));
  } catch {
    return [];
  }
}

function soonest(ends: readonly [string, number][]): Map<string, number> {
  const found = new Map<string, number>();
  for (const [of, end] of ends) found.set(of, Math.min(end, found.get(of) ?? Infinity));
  return found;
}

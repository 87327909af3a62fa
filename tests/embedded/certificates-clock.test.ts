import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureDevelopmentPki } from "@smp/certs";
import { DAY_MS } from "@smp/schemas";
import { pino } from "pino";
import { expect, onTestFinished, test, vi } from "vitest";
import { keepCertificates } from "../../embedded/certificates.ts";

test("a platform whose clock is set months ahead after its start renews the broker's certificate at once", async () => {
  const folder = await mkdtemp(join(tmpdir(), "smp-keep-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const present = Date.now();
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date"], now: present - 400 * DAY_MS });
  onTestFinished(() => void vi.useRealTimers());
  const options = { dir: join(folder, "pki"), hostnames: [], devices: [], consumers: [] };
  const { broker } = await ensureDevelopmentPki(options);
  const end = async (): Promise<number> =>
    Date.parse(new X509Certificate(await readFile(broker.cert)).validTo);
  const keeper = keepCertificates(options, pino({ level: "silent" }));
  vi.advanceTimersByTime(60_000);
  expect(await end()).toBeLessThan(present);
  vi.setSystemTime(present);
  vi.advanceTimersByTime(60_000);
  await expect.poll(end).toBeGreaterThan(present);
  await keeper.close();
});

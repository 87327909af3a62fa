import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRegistryFile, type FileRegistry } from "../../src/registry/file.ts";
import type { RegisteredCertificate } from "../../src/registry/registry.ts";
import { Harness, next, reading, recordingLogger, scriptedIngest } from "../harness.ts";
import { TestAuthority } from "../pki.ts";

const folder = mkdtempSync(join(tmpdir(), "smp-registry-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const line = (
  event: "issued" | "revoked",
  serial: string,
  id: string,
  more: Record<string, unknown> = {},
): string =>
  `${JSON.stringify({ event, at: "2026-11-24T12:00:00.000Z", serial, id, role: "device", notAfter: "2027-11-24T12:00:00.000Z", ...more })}\n`;

const changed = (registry: FileRegistry): Promise<void> =>
  new Promise((resolve) => {
    const stop = registry.onChange(() => {
      stop();
      resolve();
    });
  });

describe("the registry file", () => {
  test("is read when it is opened, and followed after that", async () => {
    const path = join(folder, "followed.jsonl");
    writeFileSync(
      path,
      line("issued", "AA", "m7") + line("issued", "BB", "tap", { role: "consumer", meters: ["m7", "m8.x"] }),
    );
    const registry = await openRegistryFile(path);
    expect(registry.find("AA")).toEqual({ id: "m7", role: "device", revoked: false });
    expect(registry.find("BB")?.meters).toEqual(new Set(["m7", "m8.x"]));
    expect(registry.find("CC")).toBeUndefined();
    const change = changed(registry);
    appendFileSync(path, line("revoked", "AA", "m7") + line("issued", "CC", "m9"));
    await change;
    expect(registry.find("AA")?.revoked).toBe(true);
    expect(registry.find("CC")?.id).toBe("m9");
    registry.close();
  });

  test("counts a line only when its line feed is there", async () => {
    const path = join(folder, "partial.jsonl");
    writeFileSync(path, line("issued", "AA", "m7"));
    const registry = await openRegistryFile(path);
    const revoked = line("revoked", "AA", "m7");
    appendFileSync(path, revoked.slice(0, 30));
    await registry.readOn();
    expect(registry.find("AA")?.revoked).toBe(false);
    truncateSync(path, line("issued", "AA", "m7").length);
    appendFileSync(path, revoked);
    await registry.readOn();
    expect(registry.find("AA")?.revoked).toBe(true);
    registry.close();
  });

  test("keeps a revocation whatever comes after it", async () => {
    const path = join(folder, "sticky.jsonl");
    writeFileSync(
      path,
      line("issued", "AA", "m7") + line("revoked", "AA", "m7") + line("issued", "AA", "m7"),
    );
    const registry = await openRegistryFile(path);
    expect(registry.find("AA")?.revoked).toBe(true);
    registry.close();
  });

  test("tells when a device's newest certificate expires, and whether it counts", async () => {
    const path = join(folder, "expiry.jsonl");
    writeFileSync(
      path,
      line("issued", "AA", "m7") +
        line("issued", "BB", "m7", { notAfter: "2028-01-01T00:00:00.000Z" }) +
        line("issued", "DD", "m8", { role: "consumer" }),
    );
    const registry = await openRegistryFile(path);
    const notAfter = Date.UTC(2028, 0, 1);
    expect(registry.certificateOf("m7", notAfter - 1)).toEqual({ notAfter, status: "active" });
    expect(registry.certificateOf("m7", notAfter)).toEqual({ notAfter, status: "expired" });
    expect(registry.certificateOf("m8")).toBeUndefined();
    appendFileSync(path, line("revoked", "AA", "m7"));
    await registry.readOn();
    expect(registry.certificateOf("m7", 0)?.status).toBe("active");
    appendFileSync(path, line("revoked", "BB", "m7"));
    await registry.readOn();
    expect(registry.certificateOf("m7", 0)?.status).toBe("revoked");
    registry.close();
  });

  test("reports a damaged line and goes on with the next", async () => {
    const path = join(folder, "damaged.jsonl");
    const { logger, lines } = recordingLogger();
    writeFileSync(
      path,
      `{"event":"issu\n${line("issued", "ZZ", "m7")}${line("issued", "AA", "../x")}${line("issued", "BB", "m8")}`,
    );
    const registry = await openRegistryFile(path, { logger });
    expect(lines.filter(({ msg }) => msg.includes("damaged line"))).toHaveLength(3);
    expect(registry.find("BB")?.id).toBe("m8");
    registry.close();
  });

  test.each([
    ["a shorter one takes its place", true, ["CC"]],
    ["a longer one takes its place", true, ["CC", "DD", "EE"]],
    ["it is written anew, and shorter", false, ["CC"]],
  ])("is read anew when %s", async (_, isOther, serials) => {
    const path = join(folder, `replaced-${String(isOther)}-${serials.length}.jsonl`);
    writeFileSync(path, line("issued", "AA", "m7") + line("issued", "BB", "m8"));
    const registry = await openRegistryFile(path);
    const written = isOther ? `${path}.new` : path;
    writeFileSync(written, serials.map((serial) => line("issued", serial, "m9")).join(""));
    if (isOther) renameSync(written, path);
    await registry.readOn();
    expect(["AA", "CC"].map((serial) => registry.find(serial)?.id)).toEqual([undefined, "m9"]);
    registry.close();
  });

  test("that is missing is a clear error", async () => {
    await expect(openRegistryFile(join(folder, "none.jsonl"))).rejects.toThrow(
      /none\.jsonl cannot be read: create it with "smp ca init"/,
    );
  });
});

describe("a broker with a registry", () => {
  const path = join(folder, "broker.jsonl");
  const authority = new TestAuthority();
  const ingest = scriptedIngest(() => ({}));
  const [meter, outsider, limited] = [
    authority.device("m7"),
    authority.device("m8"),
    authority.consumer("tap"),
  ];
  let registry: FileRegistry;
  let harness: Harness;

  beforeAll(async () => {
    writeFileSync(
      path,
      line("issued", meter.serial, "m7") +
        line("issued", limited.serial, "tap", { role: "consumer", meters: ["m7"] }),
    );
    registry = await openRegistryFile(path);
    harness = await Harness.start({ ingest, registry }, {}, authority);
  });
  afterAll(async () => {
    registry.close();
    await harness.close();
  });

  test("N19: refuses a certificate of its CA that the registry does not know", async () => {
    expect(await harness.refused(outsider)).toBe(5);
    expect((await harness.log.line("certificate-unknown")).msg).toContain("not in the registry");
  });

  test("lets a device in that was registered a moment ago, before the file's change is told", async () => {
    const issued = new Map<string, RegisteredCertificate>();
    const itsAuthority = new TestAuthority();
    const newcomer = itsAuthority.device("m8");
    const harnessOfItsOwn = await Harness.start(
      {
        ingest,
        registry: {
          find: (serial) => issued.get(serial),
          readOn: async () => void issued.set(newcomer.serial, { id: "m8", role: "device", revoked: false }),
          onChange: () => () => undefined,
          newest: () => [],
        },
      },
      {},
      itsAuthority,
    );
    const device = await harnessOfItsOwn.connect(newcomer);
    await device.endAsync();
    await harnessOfItsOwn.close();
  });

  test("shows a consumer only the meters of its list, also behind a wildcard", async () => {
    const tap = await harness.connect(limited);
    const seen: string[] = [];
    tap.on("message", (topic) => seen.push(topic));
    const [granted] = await tap.subscribeAsync("live/v1/#");
    expect(granted?.qos).toBe(0);
    const [refused] = await tap.subscribeAsync("live/v1/m8").catch(() => [{ qos: 128 }]);
    expect(refused?.qos).toBe(128);
    const device = await harness.connect(meter);
    ingest.answer = () => ({ accepted: [reading("m8", 1, { "x-a": 1 }), reading("m7", 1, { "x-a": 1 })] });
    await device.publishAsync("sm/v1/m7/reading", "{}", { qos: 1 });
    await expect.poll(() => seen).toEqual(["live/v1/m7"]);
    await device.endAsync();
    await tap.endAsync();
  });

  test("N10: ends the sessions of a revoked certificate within a second, and spreads no will of it", async () => {
    ingest.answer = () => ({});
    const will = { topic: "sm/v1/m7/status", payload: Buffer.from("offline"), qos: 1, retain: true } as const;
    const device = await harness.connect(meter, { will });
    const taken = ingest.taken.length;
    const closed = next(device, "close");
    const began = performance.now();
    appendFileSync(path, line("revoked", meter.serial, "m7"));
    await closed;
    expect(performance.now() - began).toBeLessThan(1_000);
    expect((await harness.log.line("certificate-revoked")).msg).toContain("m7 is revoked");
    expect((await harness.log.line("session-ended")).msg).toContain("m7");
    expect(ingest.taken).toHaveLength(taken);
  });
});

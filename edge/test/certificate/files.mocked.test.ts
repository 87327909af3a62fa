import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { readCredentials } from "../../src/certificate/credentials.ts";
import { testCa, writeBundle } from "../publisher/certificates.ts";

const readOnly = vi.hoisted(() => (): never => {
  throw Object.assign(new Error("EROFS: read-only file system"), { code: "EROFS" });
});
vi.mock("node:fs", async (original) => ({
  ...(await original<typeof import("node:fs")>()),
  renameSync: readOnly,
  rmSync: readOnly,
}));

test.each([
  ["with both new files written", "former"],
  ["between the two renames", "next"],
] as const)(
  "a renewal killed %s, on a disk that is read-only since, locks nobody out",
  async (moment, shown) => {
    const directory = await mkdtemp(join(tmpdir(), "smp-read-only-"));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const pki = testCa();
    const pairs = { former: pki.issue("house-7"), next: pki.issue("house-7") };
    await writeBundle(directory, pki.ca, pairs.former);
    await writeFile(join(directory, "client.crt.new"), pairs.next.cert);
    const key = moment === "between the two renames" ? "client.key" : "client.key.new";
    await writeFile(join(directory, key), pairs.next.key, { mode: 0o600 });
    const read = await readCredentials(directory);
    expect([read.cert.toString(), read.key.toString()]).toEqual([pairs[shown].cert, pairs[shown].key]);
  },
);

import { createPrivateKey, X509Certificate } from "node:crypto";
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { finishTakeOver, nextKey, takeOver } from "../../src/certificate/files.ts";
import { readCredentials } from "../../src/certificate/credentials.ts";
import { testCa, writeBundle, type Issued } from "../publisher/certificates.ts";
import { scratch } from "../journal/scratch.ts";

const pki = testCa();
const FILES = ["ca.crt", "client.crt", "client.key"];

async function bundle(): Promise<{ directory: string; former: Issued; next: Issued }> {
  const directory = await scratch();
  const [former, next] = [pki.issue("house-7"), pki.issue("house-7")];
  await writeBundle(directory, pki.ca, former);
  return { directory, former, next };
}
const isPair = async (directory: string): Promise<boolean> =>
  new X509Certificate(await readFile(join(directory, "client.crt"))).checkPrivateKey(
    createPrivateKey(await readFile(join(directory, "client.key"))),
  );

describe("a renewal killed at any moment leaves a pair that fits together", () => {
  test.each([
    ["with the new key written", ["client.key.new"], "former"],
    ["in the middle of a file", ["client.key.new", "client.crt.new.writing"], "former"],
    ["with both new files written", ["client.key.new", "client.crt.new"], "next"],
    ["between the two renames", ["client.crt.new"], "next"],
  ])("%s", async (_moment, left, expected) => {
    const { directory, former, next } = await bundle();
    const write = (name: string, text: string): Promise<void> =>
      writeFile(join(directory, name), text, { mode: 0o600 });
    if (left.includes("client.key.new")) await write("client.key.new", next.key);
    if (left.includes("client.crt.new")) await write("client.crt.new", next.cert);
    if (left.includes("client.crt.new.writing"))
      await write("client.crt.new.writing", next.cert.slice(0, 40));
    if (!left.includes("client.key.new")) await write("client.key", next.key);
    const { cert, key } = await readCredentials(directory);
    expect(await isPair(directory)).toBe(true);
    const now = { former, next }[expected as "former" | "next"];
    expect([cert.toString(), key.toString()]).toEqual([now.cert, now.key]);
    finishTakeOver(directory);
    expect(await isPair(directory)).toBe(true);
  });

  test("a new certificate that fits no key here is thrown away", async () => {
    const { directory, former, next } = await bundle();
    await writeFile(join(directory, "client.crt.new"), next.cert);
    expect((await readCredentials(directory)).cert.toString()).toBe(former.cert);
    expect((await readdir(directory)).sort()).toEqual(FILES);
  });
});

describe("the key for the next certificate", () => {
  test("is on disk before it is used, the same after an interruption, and private", async () => {
    const { directory } = await bundle();
    const first = nextKey(directory).export({ type: "pkcs8", format: "pem" });
    expect(nextKey(directory).export({ type: "pkcs8", format: "pem" })).toBe(first);
    expect((await stat(join(directory, "client.key.new"))).mode & 0o777).toBe(0o600);
    await writeFile(join(directory, "client.key.new"), "damaged");
    expect(nextKey(directory).type).toBe("private");
  });

  test("N28: takes the place of one that all may read, and is private", async () => {
    const { directory, next } = await bundle();
    chmodSync(join(directory, "client.key"), 0o644);
    await expect(readCredentials(directory)).rejects.toThrow(/chmod 600/);
    await writeFile(join(directory, "client.key.new"), next.key, { mode: 0o600 });
    takeOver(directory, next.cert);
    expect((await stat(join(directory, "client.key"))).mode & 0o777).toBe(0o600);
    expect((await readdir(directory)).sort()).toEqual(FILES);
  });

  test("in a folder that is a file says so", async () => {
    const directory = join(await scratch(), "none");
    expect(() => nextKey(directory)).toThrow(/ENOENT/);
    mkdirSync(directory);
    nextKey(directory);
    expect(existsSync(join(directory, "client.key.new"))).toBe(true);
  });
});

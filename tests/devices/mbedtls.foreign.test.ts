import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { certify, type Certified } from "../support/certify.ts";
import { startEmbedded, type Embedded } from "../support/embedded.ts";

// mbedTLS is the TLS of ESP32, ESPHome and Shelly; here it is Debian's libmbedtls-dev, with the files that `smp device add` makes.
const run = promisify(execFile);
const source = fileURLToPath(new URL("../fixtures/mbedtls/device.c", import.meta.url));
let dir: string;
let platform: Embedded;
let stranger: Certified;

interface Said {
  code: number;
  text: string;
}

const device = async (host: string, folder: string, name: string): Promise<Said> =>
  await run(join(dir, "device"), [host, String(platform.mqttPort), folder, name]).then(
    ({ stdout }) => ({ code: 0, text: stdout }),
    (error: { code: number; stdout: string }) => ({ code: error.code, text: error.stdout }),
  );

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "smp-mbedtls-"));
  const libraries = ["-lmbedtls", "-lmbedx509", "-lmbedcrypto"];
  await run("gcc", ["-Wall", "-Wextra", "-Werror", "-o", join(dir, "device"), source, ...libraries]);
  [platform, stranger] = await Promise.all([startEmbedded(), certify("board")]);
  await platform.smp("device", "add", "board");
}, 120_000);
afterAll(async () => {
  await platform?.close();
  await stranger?.remove();
  await rm(dir, { recursive: true, force: true });
});

test("mbedTLS reads our certificates and key, trusts the platform, and its reading is in the API", async () => {
  const { code, text } = await device("localhost", platform.bundle("board"), "board");
  expect(text).toMatch(/^TLSv1\.[23] TLS/);
  // CONNACK with code 0, and the PUBACK of message 1: the platform has it on disk.
  expect([code, text]).toEqual([0, expect.stringContaining("CONNACK 20020000\nPUBACK 40020001\n")]);
  const { registers } = await platform.get<{ registers: Record<string, { value: number }> }>(
    "/v1/meters/board/latest",
  );
  expect(registers["1-0:16.7.0"]?.value).toBe(413);
});

test("mbedTLS does not trust a platform of another CA, nor one of another name", async () => {
  expect(await device("localhost", stranger.folder, "board")).toEqual({
    code: 1,
    text: expect.stringContaining("the platform's chain: The certificate is not correctly signed") as string,
  });
  // A way to write this computer that no certificate carries.
  expect(await device("127.1", platform.bundle("board"), "board")).toEqual({
    code: 1,
    text: expect.stringContaining("does not match with the expected CN") as string,
  });
});

test("mbedTLS sees that a certificate of another CA is none of ours, before it connects", async () => {
  const mixed = join(dir, "mixed");
  await mkdir(mixed);
  await copyFile(join(platform.bundle("board"), "ca.crt"), join(mixed, "ca.crt"));
  for (const file of ["client.crt", "client.key"])
    await copyFile(join(stranger.folder, file), join(mixed, file));
  expect((await device("localhost", mixed, "board")).text).toContain("own chain: ");
});

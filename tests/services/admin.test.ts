import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { controlSocketOf, openStore, readConfig, serveBackups } from "@smp/store";
import { expect, onTestFinished, test, vi } from "vitest";
import { connectAdmin } from "../../admin.ts";

/** A data folder with a store and a token, and somebody who listens at the platform's port. */
async function folder(answer: string): Promise<{ file: string; heard: IncomingHttpHeaders[] }> {
  const dir = await mkdtemp(join(tmpdir(), "smp-admin-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const heard: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    heard.push(request.headers);
    response.end(answer);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close());
  vi.stubEnv("SMP_DATA_DIR", dir);
  vi.stubEnv("SMP_HTTP_PORT", String((server.address() as AddressInfo).port));
  onTestFinished(() => void vi.unstubAllEnvs());
  await writeFile(join(dir, "admin.token"), "the secret\n");
  const config = readConfig(process.env);
  await (await openStore(config)).close();
  return { file: config.kind === "duckdb" ? config.file : "", heard };
}

test("no platform runs: whoever answers at its port is not shown the admin token, and the store is asked", async () => {
  const { heard } = await folder('{"status":"ok"}');
  const admin = await connectAdmin({});
  expect((await admin.request("/v1/tokens")).status).toBe(200);
  await admin.close();
  expect(heard.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
});

test("a platform runs, but at another port: that is said, and who answers at this one is not shown the token", async () => {
  const { file, heard } = await folder("Welcome to nginx!");
  const store = await openStore(readConfig(process.env));
  onTestFinished(() => store.close());
  const control = await serveBackups(store, controlSocketOf(file));
  onTestFinished(() => control.close());
  await expect(connectAdmin({})).rejects.toThrow(/runs, but does not answer .* SMP_HTTP_PORT/);
  expect(heard.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
});

test("an address at which nobody answers is named, without a stack", async () => {
  await folder("");
  const admin = await connectAdmin({ url: "http://127.0.0.1:1" });
  await expect(admin.request("/v1/tokens")).rejects.toMatchObject({
    code: "unreachable",
    message: expect.stringContaining("http://127.0.0.1:1 does not answer: ") as unknown,
  });
});

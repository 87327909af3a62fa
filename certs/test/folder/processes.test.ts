import { createPrivateKey, X509Certificate } from "node:crypto";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { watch } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { pkiPaths } from "../../src/folder/paths.ts";
import { readRegistry } from "../../src/folder/registry.ts";
import { temporaryPki } from "../pki-folder.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

// Other processes cannot run the sources: they run the build.
beforeAll(
  () =>
    void execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b", "certs"], {
      cwd: root,
    }),
);

const ADD = `
  import { addDevice } from "@smp/certs";
  const [dir, ...ids] = process.argv.slice(1);
  for (const id of ids) await addDevice({ dir, id });
`;

const addInProcess = (dir: string, ids: readonly string[]): ReturnType<typeof spawn> =>
  spawn(process.execPath, ["--input-type=module", "-e", ADD, dir, ...ids], { cwd: root, stdio: "inherit" });

const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

test("two processes that add 20 devices each make 40 whole lines", async () => {
  const dir = await temporaryPki();
  const exits = await Promise.all(
    [names("a", 20), names("b", 20)].map(
      async (ids) => (await once(addInProcess(dir, ids), "exit"))[0] as number,
    ),
  );
  expect(exits).toEqual([0, 0]);
  const lines = (await readFile(pkiPaths(dir).registry, "utf8")).trimEnd().split("\n");
  const ids = lines.map((line) => (JSON.parse(line) as { id: string }).id);
  expect(ids.sort()).toEqual([...names("a", 20), ...names("b", 20)].sort());
  expect(await readdir(join(dir, "devices"))).toHaveLength(40);
});

test("two processes that add the same 20 devices make one certificate each", async () => {
  const dir = await temporaryPki();
  await Promise.all([1, 2].map(async () => once(addInProcess(dir, names("m", 20)), "exit")));
  expect((await readRegistry(pkiPaths(dir).registry)).map(({ id }) => id).sort()).toEqual(
    names("m", 20).sort(),
  );
});

// Seven processes one after the other: minutes of patience on a busy machine.
test(
  "a process killed at any moment leaves nothing that the next one cannot go on from",
  { timeout: 120_000 },
  async () => {
    const dir = await temporaryPki();
    const { registry } = pkiPaths(dir);
    const rounds = Array.from({ length: 6 }, (_, round) => round);
    for (const round of rounds) {
      const watcher = watch(registry);
      const changed = once(watcher, "change");
      const child = addInProcess(dir, names(`k${round}`, 200));
      const ended = once(child, "exit");
      await changed;
      watcher.close();
      // One device takes some milliseconds: the rounds end it at different points of its way.
      await sleep(round * 2);
      child.kill("SIGKILL");
      expect((await ended)[1]).toBe("SIGKILL");
      expect((await once(addInProcess(dir, names(`k${round}`, 8)), "exit"))[0]).toBe(0);
    }
    const certificates = await readRegistry(registry);
    expect(new Set(certificates.map(({ id }) => id)).size).toBe(certificates.length);
    const serialOf = new Map(certificates.map(({ id, serial }) => [id, serial]));
    for (const id of rounds.flatMap((round) => names(`k${round}`, 8))) {
      const { files } = pkiPaths(dir).bundle("device", id);
      const x509 = new X509Certificate(await readFile(files.cert));
      expect([id, x509.serialNumber]).toEqual([id, serialOf.get(id)]);
      expect(x509.checkPrivateKey(createPrivateKey(await readFile(files.key)))).toBe(true);
    }
  },
);

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { blocksOf } from "../support/page-blocks.ts";
import { PAGES, writePageFiles } from "../support/page-files.ts";
import { pageShell, type PageShell } from "../support/page-shell.ts";
import { freePort, until } from "../support/platform-process.ts";

// docs/extend/input.md, docs/extend/output.md and docs/extend/processor.md: their commands typed as they stand there, beside the files
// that they show.
let dir: string;
let shell: PageShell;
let url: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "smp-extend-"));
  const [http, broker, est] = [await freePort(), await freePort(), await freePort()];
  url = `http://127.0.0.1:${http}`;
  const ports = { SMP_HTTP_PORT: String(http), SMP_MQTT_PORT: String(broker), SMP_EST_PORT: String(est) };
  const env = { ...ports, SMP_MQTT_HOST: "127.0.0.1" };
  shell = await pageShell(dir, env, {
    "http://localhost:8080": url,
    $TOKEN: "$(cat data/admin.token)",
  });
});
afterAll(async () => {
  await shell?.close();
  await rm(dir, { recursive: true, force: true });
});

test.each(Object.values(PAGES))(
  "$page: the platform runs with the extension",
  { timeout: 120_000 },
  async ({ page, folder }) => {
    await writePageFiles(page, join(dir, folder));
    const [start = "", ...questions] = blocksOf(page)
      .filter(({ info }) => info === "sh")
      .map(({ code }) => code);
    const running = shell.type(start);
    await running.says(/The platform runs\./);
    const token = (await readFile(join(dir, "data/admin.token"), "utf8")).trim();
    const answer = await fetch(`${url}/v1/extensions`, { headers: { authorization: `Bearer ${token}` } });
    const { extensions } = (await answer.json()) as { extensions: { name: string }[] };
    expect(extensions.map(({ name }) => name)).toContain(folder);
    // The page's answer, once the simulated meter has sent its first readings.
    for (const code of questions)
      await until(code, async () => /: in \S+ kWh, out /.test(await shell.type(code).done()));
    await running.interrupt();
  },
);

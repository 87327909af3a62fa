import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { blocksOf } from "../support/page-blocks.ts";
import { PAGES, writePageFiles } from "../support/page-files.ts";
import { pagePlatform, type PagePlatform } from "../support/page-platform.ts";
import { until } from "../support/platform-process.ts";

// docs/extend/input.md, docs/extend/output.md and docs/extend/processor.md: their commands typed as they stand there, beside the files
// that they show.
let platform: PagePlatform;

beforeAll(async () => {
  platform = await pagePlatform({ replacements: () => ({ $TOKEN: "$(cat data/admin.token)" }) });
});
afterAll(() => platform?.close());

test.each(Object.values(PAGES))(
  "$page: the platform runs with the extension",
  { timeout: 120_000 },
  async ({ page, folder }) => {
    const { dir, shell, url } = platform;
    await writePageFiles(page, join(dir, folder));
    const [start = "", ...questions] = blocksOf(page)
      .filter(({ info }) => info === "sh")
      .map(({ code }) => code);
    const running = await platform.start(start);
    const authorization = `Bearer ${await platform.token()}`;
    const answer = await fetch(`${url}/v1/extensions`, { headers: { authorization } });
    const { extensions } = (await answer.json()) as { extensions: { name: string }[] };
    expect(extensions.map(({ name }) => name)).toContain(folder);
    // The page's answer, once the simulated meter has sent its first readings.
    for (const code of questions)
      await until(code, async () => /: in \S+ kWh, out /.test(await shell.type(code).done()));
    await running.interrupt();
  },
);

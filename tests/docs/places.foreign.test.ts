import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { blocksOf, type Block } from "../support/page-blocks.ts";
import { PLACES } from "../support/page-places.ts";

// The table of support/page-places.ts is whole: each block stands in it, and the test that it names reads the page.
const run = promisify(execFile);

const shown = ({ info, code }: Block): string => `${info}: ${code.split("\n")[0] ?? ""}`;

test("every page that somebody works with is in the table", () => {
  const pages = ["devices", "extend", "operate", "use"].flatMap((folder) =>
    readdirSync(`docs/${folder}`)
      .filter((file) => file.endsWith(".md"))
      .map((file) => `docs/${folder}/${file}`),
  );
  expect(Object.keys(PLACES)).toEqual(expect.arrayContaining(pages));
});

describe.each(Object.entries(PLACES))("%s", (page, places) => {
  const blocks = blocksOf(page);

  test("has the blocks that a test runs, or that are named with the reason why none can", () => {
    expect(blocks.map(shown)).toEqual(
      places.map(
        ({ info, begins }) => expect.stringMatching(new RegExp(`^${info}: ${literal(begins)}`)) as string,
      ),
    );
    for (const { in: file } of places)
      if (file !== undefined)
        expect(readFileSync(file, "utf8"), `${file} reads ${page}`).toContain(page.replace("docs/", ""));
  });

  test.each(blocks.filter(({ info }) => info.startsWith("sh")))(
    "is shell as bash reads it: $code",
    async ({ code }) => {
      await run("bash", ["-n", "-c", code]);
    },
  );
});

function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

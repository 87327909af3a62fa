import { readFile } from "node:fs/promises";
import { expect, onTestFinished, test } from "vitest";
import { runProgram, temporaryFolder, type Output } from "./pki-folder.ts";
import { smp } from "./smp.ts";

const PAGE = new URL("../../docs/operate/certificates.md", import.meta.url);

/** The commands of a page's `sh` blocks, each on one line. */
const commandsOf = (page: string): string[] =>
  [...page.matchAll(/```sh\n([^]*?)```/g)].flatMap(([, block = ""]) =>
    block
      .replaceAll(/\\\n\s*/g, "")
      .trimEnd()
      .split("\n"),
  );

const wordsOf = (command: string): string[] =>
  [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");

// Each of its commands opens the CA by 600,000 rounds.
test("the operator's page works from its first command to its last", { timeout: 120_000 }, async () => {
  const former = process.cwd();
  onTestFinished(() => process.chdir(former));
  process.chdir(await temporaryFolder());
  const commands = commandsOf(await readFile(PAGE, "utf8"));
  expect(commands.length).toBeGreaterThan(8);
  const outputs: Output[] = [];
  let shown = "";
  for (const command of commands) {
    const [program, name, ...args] = wordsOf(command);
    if (program === "npx" && name === "smp") shown += (await smp(...args)).stdout;
    else outputs.push(await runProgram("sh", "-c", command));
  }
  expect(outputs.filter(({ exitCode }) => exitCode !== 0)).toEqual([]);
  expect(shown).toMatch(/^root +\d{4}-\d\d-\d\d +absent/m);
  expect(shown).toMatch(/^issuing-device +\d{4}-\d\d-\d\d +encrypted/m);
  expect(shown).toMatch(/"id":"meter-3"/);
  expect(shown).toMatch(/^\{"state":"revoked".*"reason":"stolen from the cellar"\}$/m);
});

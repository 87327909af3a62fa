import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";
import { expect, onTestFinished, test } from "vitest";

const MODULE = fileURLToPath(new URL("../../services/process/pretenuring.ts", import.meta.url));
/** Devices connect, and all that is made for them stays. */
const CONNECTIONS = `
  const kept = [];
  const connect = (id) => [id, [id], { id, due: [id] }];
  for (let id = 0; id < 300_000; id++) kept.push(connect(id));
  console.log(kept.length);
`;

/** What V8 says of the places where objects are made that stay. */
async function said(before: string): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), "smp-pretenuring-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const source = path.join(dir, "connections.ts");
  const program = path.join(dir, "connections.mjs");
  await writeFile(source, before + CONNECTIONS);
  await build({ input: source, platform: "node", output: { file: program } });
  const flags = ["--max-semi-space-size=1", "--trace-pretenuring-statistics"];
  return execFileSync(process.execPath, [...flags, program], { encoding: "utf8", maxBuffer: 2 ** 26 });
}

test("nothing is made in V8's old generation at once, as it does by itself where the like of it has stayed", async () => {
  expect(await said("")).toContain("=> tenure");
  expect(await said(`import { makeAllYoung } from ${JSON.stringify(MODULE)}; makeAllYoung();`)).not.toContain(
    "=> tenure",
  );
});

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkExtension, findExtension, openExtensions, readExtensionsConfig } from "../src/index.ts";
import { scaffold } from "../src/scaffold.ts";
import { ExtensionFolders } from "./support/extension-folder.ts";

let folders: ExtensionFolders;
beforeAll(async () => {
  folders = await ExtensionFolders.make();
});
afterAll(() => folders.remove());

describe("a manifest is refused with a sentence", () => {
  const base = { name: "bad", kind: "input", interface: 1 };
  test.each([
    ["without the field smp", undefined, /has no field "smp"/],
    ["of an unknown kind", { ...base, kind: "filter" }, /is of kind "filter"/],
    [
      "for a later interface",
      { ...base, interface: 2 },
      /version 2 of the interface input, but this platform runs 1/,
    ],
    ["with a name that is none", { ...base, name: "Bad/../x" }, /has the name/],
    [
      "that wants a right that there is not",
      { ...base, rights: { root: true } },
      /right "root", which does not exist/,
    ],
    [
      "that wants a right that its kind cannot have",
      { ...base, rights: { emit: true } },
      /cannot have the right "emit"/,
    ],
    [
      "that wants to read as finely as there is not",
      { ...base, kind: "output", rights: { read: "1s" } },
      /must say raw, 15m/,
    ],
    ["with a setting that says nothing", { ...base, settings: { a: {} } }, /without a description/],
  ])("%s", async (_what, smp, fault) => {
    const folder = join(folders.dir, "refused");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module", main: "index.js", smp }));
    await writeFile(join(folder, "index.js"), "export default {}");
    await expect(findExtension(folder, folders.dir)).rejects.toThrow(fault);
  });

  test("whose module is not there", async () => {
    const folder = join(folders.dir, "hollow");
    await mkdir(folder);
    await writeFile(
      join(folder, "package.json"),
      JSON.stringify({ smp: base, exports: { ".": { import: "./gone.js" } } }),
    );
    await expect(findExtension("./hollow", folders.dir)).rejects.toThrow(/names .\/gone.js as its module/);
  });
});

test("an installed package is found by its name, from a folder below", async () => {
  const folder = join(folders.dir, "node_modules", "smp-installed");
  await mkdir(folder, { recursive: true });
  await mkdir(join(folders.dir, "deeper"));
  const smp = { name: "installed", kind: "output", interface: 1 };
  await writeFile(join(folder, "package.json"), JSON.stringify({ version: "3.0.0", type: "module", smp }));
  await writeFile(join(folder, "index.js"), 'export default { fetch: () => new Response("here") }');
  const found = await findExtension("smp-installed", join(folders.dir, "deeper"));
  expect(found.manifest).toMatchObject({ name: "installed", version: "3.0.0" });
  await expect(findExtension("smp-absent", folders.dir)).rejects.toThrow(/npm install it/);
});

test("an extension may import a package that is installed beside it", async () => {
  const helper = join(folders.dir, "node_modules", "helper");
  await mkdir(helper, { recursive: true });
  await writeFile(join(helper, "package.json"), JSON.stringify({ type: "module", main: "index.js" }));
  await writeFile(join(helper, "index.js"), "export const watts = (kw) => kw * 1000;");
  const folder = await folders.write(
    { name: "with-helper", kind: "input" },
    `import { watts } from "helper"; export default { decode: () => [{ v: 1, r: { "x-w": watts(1) } }] };`,
  );
  const extensions = await openExtensions(readExtensionsConfig({ SMP_EXTENSIONS: folder }, folders.dir));
  const message = { device: "a", path: "", payload: new Uint8Array(), received: 0, input: "with-helper" };
  expect(await extensions.decodeForeign(message)).toEqual({ readings: [{ v: 1, r: { "x-w": 1_000 } }] });
  await extensions.close();
});

test("two extensions of one name, and rules for an input that is not there, are told at the start", async () => {
  const folder = await folders.write({ name: "senml", kind: "input" }, "export default {}");
  const open = (environment: Record<string, string>): Promise<unknown> =>
    openExtensions(readExtensionsConfig(environment, folders.dir));
  await expect(open({ SMP_EXTENSIONS: folder })).rejects.toThrow(/two extensions with the name senml/);
  await expect(open({ SMP_INPUTS: "nope:a" })).rejects.toThrow(/SMP_INPUTS names the input "nope"/);
  expect(() => readExtensionsConfig({ SMP_INPUTS: "senml" }, folders.dir)).toThrow(
    /SMP_INPUTS is "senml", but must be pairs/,
  );
});

describe.each(["input", "processor", "output"] as const)("smp extension new %s", (kind) => {
  test("makes one that passes smp extension test, and overwrites nothing", async () => {
    const folder = await scaffold(kind, `new-${kind}`, folders.dir);
    const checks = await checkExtension(await findExtension(folder, folders.dir));
    expect(checks.filter(({ fault }) => fault !== undefined)).toEqual([]);
    await expect(scaffold(kind, `new-${kind}`, folders.dir)).rejects.toThrow(/is there already/);
  });
});

describe("smp extension test finds", () => {
  test.each([
    [
      "a wrong answer",
      "input",
      `export default { decode: () => [{ v: 1, r: { "x-a": 2 } }] };`,
      /wanted .*"x-a":1.*got .*"x-a":2/,
    ],
    [
      "a reading that is none",
      "input",
      `export default { decode: () => [{ r: { "x-a": 1 } }] };`,
      /none that the platform takes/,
    ],
    [
      "a counter in kWh, which the platform refuses",
      "input",
      `export default { decode: () => [{ v: 1, r: { "1-0:1.8.0": 12.5 } }] };`,
      /12\.5 as 1-0:1\.8\.0, but a counter is a whole number of Wh/,
    ],
    [
      "a time in seconds, which the platform refuses",
      "input",
      `export default { decode: () => [{ v: 1, t: 1780308004, r: { "x-a": 1 } }] };`,
      /its time 1780308004 lies ahead or before 2020/,
    ],
    [
      "one that throws on noise",
      "input",
      `export default { decode: ({ payload }) => JSON.parse(new TextDecoder().decode(payload)) };`,
      /threw: SyntaxError/,
    ],
    [
      "one that remembers",
      "input",
      `let n = 0; export default { decode: () => [{ v: 1, r: { "x-a": ++n } }] };`,
      /got .*"x-a":2/,
    ],
    ["one without its function", "output", "export default {};", /must have a function fetch\(\)/],
    [
      "one that fails on an unknown address",
      "output",
      `export default { fetch: () => { throw new Error("no"); } };`,
      /threw: Error: no/,
    ],
  ] as const)("%s", async (_what, kind, code, fault) => {
    const folder = await folders.write({ name: "tested", kind }, code);
    await mkdir(join(folder, "cases"), { recursive: true });
    const one = { message: { json: [{ v: 1, r: { "x-a": 1 } }] }, readings: [{ v: 1, r: { "x-a": 1 } }] };
    await writeFile(join(folder, "cases", "one.json"), JSON.stringify(one));
    const checks = await checkExtension(await findExtension(folder, folders.dir));
    expect(checks.map((check) => check.fault ?? "").join("\n")).toMatch(fault);
  });

  test("a case with a misspelt field, which would hold whatever comes", async () => {
    const folder = await scaffold("output", "misspelt", folders.dir);
    await writeFile(
      join(folder, "cases", "first.json"),
      JSON.stringify({ get: "/", answer: { status: 404 } }),
    );
    await expect(checkExtension(await findExtension(folder, folders.dir))).rejects.toThrow(
      /cases\/first\.json: a case has no field "answer", but .*answers/,
    );
  });
});

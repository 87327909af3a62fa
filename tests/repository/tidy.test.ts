import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

// The repository tests itself: import rules, file lengths, dead files, secrets.
const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { encoding: "utf8" })
  .split("\n")
  .filter((file) => file !== "" && existsSync(file));
const isCode = (file: string): boolean =>
  /\.(ts|tsx|js)$/.test(file) && !file.includes("/generated/") && !file.endsWith(".d.ts");
const isTest = (file: string): boolean => /(^|\/)tests?\//.test(file) || file.startsWith("bench/");
const sources = files.filter((file) => isCode(file) && !isTest(file) && !file.includes("vitest.config"));
const folderOf = (file: string): string => file.split("/")[0] ?? "";
const text = (file: string): string => readFileSync(file, "utf8");
const importsOf = (file: string): string[] =>
  [
    ...text(file).matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)|(?:^|\n)import\s*["']([^"']+)["']/g,
    ),
  ].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
/** The files of ours that a file imports by their paths. */
const ownImportsOf = (file: string): string[] =>
  importsOf(file)
    .filter((name) => name.startsWith("."))
    .map((name) => normalize(join(dirname(file), name)));

/** Own packages that each folder may import; `types` means that only types of it may be. */
const MAY_IMPORT: Record<string, { own: string[]; types?: string[]; not: RegExp[] }> = {
  schemas: { own: [], not: [/^node:/, /^(?!ajv|eventsource-parser)[a-z@]/] },
  disk: { own: [], not: [/^(?!node:)/] },
  certs: { own: ["schemas", "disk"], not: [/^(aedes|mqtt|kafkajs|@duckdb|@questdb)/] },
  edge: { own: ["schemas", "disk"], not: [/^(aedes|kafkajs|@duckdb|@questdb)/] },
  broker: { own: ["schemas"], not: [/^(mqtt$|kafkajs|hono|serialport|@duckdb|@questdb)/] },
  bridge: { own: ["schemas", "disk"], types: ["store"], not: [/^(hono|serialport|aedes|@duckdb|@questdb)/] },
  store: { own: ["schemas"], not: [/^(mqtt|kafkajs|hono|aedes|serialport)/] },
  api: { own: ["schemas"], types: ["store"], not: [/^(mqtt|kafkajs|serialport|aedes|@duckdb|@questdb)/] },
  app: { own: ["schemas"], not: [/^node:/, /^(hono|mqtt|kafkajs|aedes)/] },
  extensions: { own: ["schemas", "disk"], types: ["store"], not: [] },
};

test.each(sources.filter((file) => folderOf(file) in MAY_IMPORT && file.includes("/src/")))(
  "%s imports only what its package may",
  (file) => {
    const folder = folderOf(file);
    const rule = MAY_IMPORT[folder]!;
    for (const name of importsOf(file)) {
      const own = /^@smp\/([a-z]+)/.exec(name)?.[1];
      if (own !== undefined) {
        const typesOnly = new RegExp(`import type [^;]*from "${name}"|export type [^;]*from "${name}"`).test(
          text(file),
        );
        expect(
          rule.own.includes(own) || (typesOnly && (rule.types ?? []).includes(own)),
          `${file} imports ${name}`,
        ).toBe(true);
      } else if (name.startsWith(".")) {
        expect(
          normalize(join(dirname(file), name)).startsWith(`${folder}/`),
          `${file} leaves its package: ${name}`,
        ).toBe(true);
      } else for (const forbidden of rule.not) expect(name, `${file} imports ${name}`).not.toMatch(forbidden);
    }
  },
);

test("protocols and framers do no I/O", () => {
  for (const file of sources.filter((name) => /^edge\/src\/(framing|protocol)\//.test(name)))
    for (const name of importsOf(file)) expect(name, file).not.toMatch(/^node:(?!crypto$)/);
});

test.each(sources)("%s is at most 300 lines, and finished", (file) => {
  expect(text(file).split("\n").length, `${file} is too long`).toBeLessThanOrEqual(301);
  expect(text(file)).not.toMatch(/\b(TODO|FIXME|XXX)\b|@ts-ignore|\bas any\b/);
});

test("no server reads certificates in the way of which Node 20 loses 6 kB with each connection", () => {
  for (const file of sources.filter((name) => /^(broker|certs|api|extensions)\/src\//.test(name)))
    expect(text(file), file).not.toMatch(/\.getPeerX509Certificate\(/);
});

test("no test is skipped or focused", () => {
  for (const file of files.filter((name) => isTest(name) && isCode(name) && !name.endsWith("tidy.test.ts")))
    expect(text(file), file).not.toMatch(/\b(test|it|describe)\.(skip|only|todo)\(/);
});

test("only tests named *.mocked.test.ts put something else in a module's place: the others share their modules", () => {
  for (const file of files.filter((name) => isTest(name) && isCode(name) && !name.endsWith("tidy.test.ts")))
    expect(/\b(vi\.(mock|doMock|resetModules)|encodeRequestsFast|passOverOwn)\(/.test(text(file)), file).toBe(
      file.endsWith(".mocked.test.ts"),
    );
});

test("no files import each other in a circle, not for a type either", () => {
  const left = new Map(
    files.filter(isCode).map((file) => [file, ownImportsOf(file).filter((name) => name !== file)] as const),
  );
  // Whatever imports nothing that is still left is in no circle.
  for (let before = Infinity; left.size < before;) {
    before = left.size;
    for (const [file, imported] of left) if (!imported.some((name) => left.has(name))) left.delete(file);
  }
  expect([...left.keys()], "files in a circle, and those that import them").toEqual([]);
});

test("every source file is used", () => {
  const entries =
    /(^|\/)(main|index|start|smp|command|validate|documents|api|client|vite\.config)\.(ts|js)$|^scripts\/|^app\//;
  const used = new Set(files.filter(isCode).flatMap(ownImportsOf));
  const dead = sources.filter(
    (file) => !entries.test(file) && !used.has(file) && !used.has(file.replace(/\.ts$/, ".js")),
  );
  expect(dead).toEqual([]);
});

test("every store adapter and log adapter runs a test of its own", () => {
  const tests = files.filter(isTest).map((file) => (isCode(file) ? text(file) : ""));
  for (const factory of ["duckdbStore", "questdbStore", "directLog", "kafkaLog", "spoolLog"])
    expect(
      tests.some((body) => body.includes(`${factory}(`)),
      factory,
    ).toBe(true);
});

test("no private key, no path of a workplace, no build output is in the repository", () => {
  for (const file of files.filter(
    (name) => !/\.(png|ico|cbor|bin)$/.test(name) && name !== "package-lock.json",
  )) {
    expect(text(file), file).not.toMatch(/-----BEGIN (EC |RSA |ENCRYPTED )?PRIVATE KEY-----\n[A-Za-z0-9+/]/);
    expect(file).not.toMatch(/(^|\/)(dist|node_modules)\//);
  }
  expect(text("package-lock.json")).not.toContain('"resolved": "http');
});

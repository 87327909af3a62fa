import { execFile } from "node:child_process";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
const smp = join(root, "dist/smp.js");

/** `npm` of a page's shell: `start` and `build` are the built platform, `pack` is npm's own and writes into the reader's folder. */
export const NPM = `case "$*" in
  start) exec "${process.execPath}" "${smp}" start ;;
  "run build") ;;
  "pack --workspace schemas") here=$PWD; cd "${root}" && PATH="${process.env["PATH"] ?? ""}" exec npm "$@" --silent --ignore-scripts --pack-destination "$here" ;;
  *) echo "npm $*?" >&2; exit 1 ;;
esac`;

/**
 * A project of somebody else with the package that lies packed in `dir`, and the packages that it needs; returns the compiled program.
 * It compiles strictly, against the types in the package.
 */
export async function installPackedSchemas(dir: string, program: string): Promise<string> {
  const app = join(dir, "app");
  const installed = join(app, "node_modules/@smp/schemas");
  await mkdir(installed, { recursive: true });
  const tarball = (await readdir(dir)).find((name) => /^smp-schemas-.*\.tgz$/.test(name)) ?? "no package";
  await run("tar", ["xzf", join(dir, tarball), "--strip-components=1", "-C", installed]);
  for (const name of ["ajv", "eventsource-parser"])
    await symlink(join(root, "node_modules", name), join(app, "node_modules", name));
  await writeFile(join(app, "package.json"), '{ "type": "module" }');
  await writeFile(join(app, "index.ts"), program);
  const compilerOptions = {
    strict: true,
    module: "nodenext",
    target: "es2023",
    lib: ["es2023", "dom", "dom.asynciterable"],
    types: [],
  };
  await writeFile(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["index.ts"] }));
  const tsc = join(root, "node_modules/.bin/tsc");
  await run(tsc, ["-p", app]).catch((error: { stdout?: string }) => {
    throw new Error(`the page's program does not compile:\n${error.stdout ?? ""}`);
  });
  return join(app, "index.js");
}

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Manifest } from "../../src/index.ts";

/** A temporary folder in which extensions are written as an author would. */
export class ExtensionFolders {
  readonly dir: string;

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async make(): Promise<ExtensionFolders> {
    return new ExtensionFolders(await mkdtemp(join(tmpdir(), "smp-extensions-")));
  }

  /** Writes `package.json` and `index.js`; returns the folder, as SMP_EXTENSIONS takes it. */
  async write(manifest: Partial<Manifest> & { name: string }, code: string): Promise<string> {
    const folder = join(this.dir, manifest.name);
    await mkdir(folder, { recursive: true });
    const smp = { interface: 1, ...manifest };
    await writeFile(
      join(folder, "package.json"),
      JSON.stringify({
        name: `smp-${manifest.name}`,
        version: "1.2.3",
        type: "module",
        exports: "./index.js",
        smp,
      }),
    );
    await writeFile(join(folder, "index.js"), code);
    return folder;
  }

  remove(): Promise<void> {
    return rm(this.dir, { recursive: true, force: true });
  }
}

import { spawn, type ChildProcess } from "node:child_process";
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "./platform-process.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const command = join(root, "dist/smp.js");

/** What a page's commands say and do, while they run and after. */
export interface Running {
  said(): string;
  /** Resolves when what it said matches. */
  says(pattern: RegExp): Promise<string>;
  /** Resolves with everything that it said; throws when it ended with another code than 0. */
  done(): Promise<string>;
  /** Ctrl-C, for commands that never end, and until they are gone. */
  interrupt(): Promise<void>;
}

export interface PageShell {
  /** Types a block into a shell, in the folder of a clone. `stdin` is what its reader types then. */
  type(code: string, stdin?: string): Running;
  close(): Promise<void>;
}

/**
 * A shell in a folder that looks like a clone after `npm start`: `npx smp` and `npm start` are the built ones, `docs` is there. Words of
 * the pages that hold for their reader's computer only (ports, addresses) are replaced. `others` are bodies of further programs, or
 * of the same ones, for `sh`.
 */
export async function pageShell(
  dir: string,
  env: Record<string, string>,
  replacements: Readonly<Record<string, string>>,
  others: Readonly<Record<string, string>> = {},
): Promise<PageShell> {
  const bin = join(dir, "bin");
  await mkdir(bin);
  const node = `"${process.execPath}" "${command}"`;
  const programs = {
    npx: `[ "$1" = smp ] || { echo "npx $1?" >&2; exit 1; }\nshift\nexec ${node} "$@"`,
    npm: `[ "$*" = start ] || { echo "npm $*?" >&2; exit 1; }\nexec ${node} start`,
    smp: `exec ${node} "$@"`,
    ...others,
  };
  for (const [name, body] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${body}\n`);
    await chmod(join(bin, name), 0o755);
  }
  await symlink(join(root, "docs"), join(dir, "docs"));
  const environment = { ...process.env, ...env, PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` };
  const open = new Set<Running>();
  return {
    type(code, stdin = "") {
      const text = Object.entries(replacements).reduce((all, [from, to]) => all.replaceAll(from, to), code);
      // As the first shell of a session with a socket for its input, bash takes itself for one over the network, and reads its settings.
      const child = spawn("bash", ["--norc", "-euo", "pipefail", "-c", text], {
        cwd: dir,
        env: environment,
        detached: true,
      });
      child.stdin.end(stdin);
      const running = follow(child, code);
      open.add(running);
      return running;
    },
    close: async () => void (await Promise.all([...open].map((running) => running.interrupt()))),
  };
}

function follow(child: ChildProcess, code: string): Running {
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  let exit: number | null | undefined;
  const closed = new Promise<void>((resolve) =>
    child.once("close", (status) => {
      exit = status;
      resolve();
    }),
  );
  return {
    said: () => said,
    async says(pattern) {
      await until(`${String(pattern)} of\n${code}`, () => {
        if (exit !== undefined && !pattern.test(said)) throw new Error(`${code}\nended:\n${said}`);
        return Promise.resolve(pattern.test(said));
      });
      return said;
    },
    async done() {
      await closed;
      if (exit !== 0) throw new Error(`${code}\nended with ${exit}:\n${said}`);
      return said;
    },
    async interrupt() {
      // The whole group: the shell and what it has started.
      if (exit === undefined && child.pid !== undefined) process.kill(-child.pid, "SIGINT");
      await closed;
    },
  };
}

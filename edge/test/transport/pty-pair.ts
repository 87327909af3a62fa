import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { lstat } from "node:fs/promises";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Two serial ports joined by a cable, of which the far end is the meter's. */
export interface PtyPair {
  near: string;
  far: string;
  /** Plugs the adapter in, under the same names. */
  plug(): Promise<void>;
  /** Pulls it out: both ports vanish. */
  unplug(): Promise<void>;
  close(): Promise<void>;
}

/** Needs socat; a machine without it fails the test, as nothing else shows that serial ports work. */
export async function ptyPair(): Promise<PtyPair> {
  const folder = await mkdtemp(join(tmpdir(), "pty-"));
  const near = join(folder, "near");
  const far = join(folder, "far");
  let socat: ChildProcess | undefined;
  const pair: PtyPair = {
    near,
    far,
    async plug() {
      socat = spawn("socat", [`pty,raw,echo=0,link=${near}`, `pty,raw,echo=0,link=${far}`], {
        stdio: "ignore",
      });
      await once(socat, "spawn");
      while (!((await exists(near)) && (await exists(far))))
        await new Promise((resolve) => setTimeout(resolve, 5));
    },
    async unplug() {
      if (!socat) return;
      socat.kill();
      await once(socat, "exit");
      socat = undefined;
    },
    async close() {
      await pair.unplug();
      await rm(folder, { recursive: true });
    },
  };
  await pair.plug();
  return pair;
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

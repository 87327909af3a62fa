import { messageOf } from "./platform-error.ts";

/** What tells of a file whether it is another one. */
interface FileState {
  ctimeMs: number;
  ino: number;
  size: number;
}

export interface FollowedFiles {
  paths: readonly string[];
  everyMs: number;
  /** Of `node:fs/promises`: the contracts touch no disk. */
  stat: (path: string) => Promise<FileState>;
  /** Takes the new files over, or fails. */
  changed: () => Promise<void>;
  /** Told once of the same files why they could not be taken over. */
  failed: (error: unknown) => void;
}

/**
 * Tells when files were replaced, and again until they were taken over: halfway through a renewal they do not fit together. The last
 * change of anything counts: a key that was unreadable may have got another owner only. Returns how to stop.
 */
export function followFiles({ paths, everyMs, stat, changed, failed }: FollowedFiles): () => void {
  const stamp = async (): Promise<string> => {
    const states = await Promise.all(paths.map((path) => stat(path)));
    return states.map(({ ctimeMs, ino, size }) => `${ctimeMs} ${ino} ${size}`).join();
  };
  let known: string | undefined;
  let told: string | undefined;
  let isLooking = false;

  async function look(): Promise<void> {
    let current: string | undefined;
    try {
      current = await stamp();
      if (known !== undefined && current !== known) await changed();
      known = current;
      told = undefined;
    } catch (error) {
      const what = current ?? messageOf(error);
      if (what !== told) failed(error);
      told = what;
    }
  }
  const lookAlone = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    await look();
    isLooking = false;
  };

  void lookAlone();
  const timer = setInterval(() => void lookAlone(), everyMs);
  return () => clearInterval(timer);
}
